import { type ColumnType } from '../catalog/column-type.ts';
import { type Column, findColumn, keyColumns, type Table } from '../catalog/table.ts';
import { type ColumnsHeader } from './columns-header.ts';
import { LoadError } from './load-error.ts';
import { type LoadOptions } from './load-options.ts';

/** A field that is taken out of each row of the body. */
export interface Source {
  readonly name: string;
  /** The table column that it feeds unchanged; a temporary is text. */
  readonly type: ColumnType;
  readonly column: Column | undefined;
}

/** Where a table column's value comes from. */
export type Origin =
  | { readonly kind: 'source'; readonly index: number }
  | { readonly kind: 'expression'; readonly expression: string }
  | { readonly kind: 'default' }
  | { readonly kind: 'auto_increment' }
  | { readonly kind: 'generated'; readonly expression: string };

export interface Output {
  readonly column: Column;
  readonly origin: Origin;
}

export interface LoadPlan {
  readonly table: Table;
  readonly options: LoadOptions;
  readonly sources: readonly Source[];
  readonly outputs: readonly Output[];
  /** What tells upserts from deletes; undefined when every row is an upsert. */
  readonly op: Origin | undefined;
}

const OP = '__op';
const TEXT: ColumnType = { kind: 'VARCHAR', length: Infinity };

/** Decides, from headers alone, how rows become table rows; what is wrong here fails before the body is asked for. */
export function planLoad(table: Table, options: LoadOptions): LoadPlan {
  checkOptions(table, options);
  const { columns } = options;
  const names =
    columns?.sources ?? table.columns.filter((column) => column.generated === undefined).map(({ name }) => name);
  const op = opMapping(table, columns);
  const sources = names.map((name) => sourceOf(table, name));
  const auto = table.model === 'PRI_KEYS' && options.format === 'json' && op === undefined && !names.includes(OP);
  if (auto) sources.push(sourceOf(table, OP));
  checkMappings(table, columns);
  const outputs = table.columns.flatMap((column) => outputOf(column, sources, columns, options.partialUpdate));
  checkPartialKeys(table, options, outputs);
  return { table, options, sources, outputs, op: op ?? opSource(table, sources) };
}

function checkOptions(table: Table, options: LoadOptions): void {
  if (options.partialUpdate && table.model !== 'PRI_KEYS') {
    throw new LoadError('Only primary key table support partial update', 'ANALYSIS_ERROR');
  }
  if (options.mergeCondition === undefined) return;
  if (table.model !== 'PRI_KEYS')
    throw new LoadError('Conditional update only support primary key table', 'ANALYSIS_ERROR');
  const column = findColumn(table, options.mergeCondition);
  if (column === undefined || column.key) {
    throw new LoadError(
      `Merge condition column ${options.mergeCondition} should be a value column of the table`,
      'ANALYSIS_ERROR',
    );
  }
}

function sourceOf(table: Table, name: string): Source {
  const column = findColumn(table, name);
  if (name === OP && table.model === 'PRI_KEYS') return { name, type: { kind: 'TINYINT' }, column: undefined };
  return { name, type: column?.type ?? TEXT, column };
}

function opMapping(table: Table, columns: ColumnsHeader | undefined): Origin | undefined {
  const mapping = columns?.mappings.find(({ column }) => column.toLowerCase() === OP);
  if (mapping === undefined || table.model !== 'PRI_KEYS') return undefined;
  const constant = /^(?:'(.*)'|"(.*)")$/s.exec(mapping.expression);
  const word = constant?.[1] ?? constant?.[2];
  if (word === undefined) {
    if (/^\d+$/.test(mapping.expression) && Number(mapping.expression) > 1) {
      throw new LoadError('const load op type column should only be upsert(0)/delete(1)', 'ANALYSIS_ERROR');
    }
    return { kind: 'expression', expression: mapping.expression };
  }
  if (word.toLowerCase() === 'upsert' || word === '0') return { kind: 'expression', expression: '0' };
  if (word.toLowerCase() === 'delete' || word === '1') return { kind: 'expression', expression: '1' };
  throw new LoadError(`load op type string not supported: ${word}`, 'ANALYSIS_ERROR');
}

function opSource(table: Table, sources: readonly Source[]): Origin | undefined {
  const index = sources.findIndex((source) => source.name === OP);
  return index < 0 || table.model !== 'PRI_KEYS' ? undefined : { kind: 'source', index };
}

function checkMappings(table: Table, columns: ColumnsHeader | undefined): void {
  for (const { column } of columns?.mappings ?? []) {
    const isOp = column.toLowerCase() === OP && table.model === 'PRI_KEYS';
    if (!isOp && findColumn(table, column) === undefined) {
      throw new LoadError(`Mapping column is not in table. column: ${column}`, 'ANALYSIS_ERROR');
    }
  }
}

function outputOf(
  column: Column,
  sources: readonly Source[],
  columns: ColumnsHeader | undefined,
  partialUpdate: boolean,
): Output[] {
  if (column.generated !== undefined) {
    return [{ column, origin: { kind: 'generated', expression: column.generated } }];
  }
  const mapping = columns?.mappings.find((candidate) => candidate.column.toLowerCase() === column.name.toLowerCase());
  if (mapping !== undefined) return [{ column, origin: { kind: 'expression', expression: mapping.expression } }];
  const index = sources.findIndex((source) => source.column === column);
  if (index >= 0) return [{ column, origin: { kind: 'source', index } }];
  if (column.autoIncrement) return [{ column, origin: { kind: 'auto_increment' } }];
  // A partial update leaves the column alone; rows that it inserts get the default, which must exist then.
  if (partialUpdate) return [];
  if (column.defaultValue === undefined && !column.nullable) {
    throw new LoadError(`Column has no default value. column: ${column.name}`, 'ANALYSIS_ERROR');
  }
  return [{ column, origin: { kind: 'default' } }];
}

function checkPartialKeys(table: Table, options: LoadOptions, outputs: readonly Output[]): void {
  if (!options.partialUpdate) return;
  for (const key of keyColumns(table)) {
    if (!outputs.some((output) => output.column === key)) {
      throw new LoadError(`key column ${key.name} not in partial update columns`, 'ANALYSIS_ERROR');
    }
  }
}
