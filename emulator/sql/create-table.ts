import { type Column, type TableDefinition, type TableModel } from '../catalog/table.ts';
import { type ColumnSpec, parseColumn } from './parse-column.ts';
import { notEmulated, SqlError } from './sql-error.ts';
import { parseTableOptions, type TableOptions } from './table-options.ts';
import { type TokenReader } from './token-reader.ts';

export interface TableName {
  readonly database: string | undefined;
  readonly table: string;
}

export interface CreateTable {
  readonly name: TableName;
  readonly ifNotExists: boolean;
  readonly definition: TableDefinition;
}

/** The reader stands after `CREATE TABLE` (and its variants). */
export function parseCreateTable(reader: TokenReader): CreateTable {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const name = parseTableName(reader);
  if (reader.at('LIKE') || !reader.at('(')) throw notEmulated('CREATE TABLE … LIKE or AS SELECT');
  const specs = parseColumns(reader);
  const options = parseTableOptions(reader);
  return { name, ifNotExists, definition: define(name.table, specs, options) };
}

export function parseTableName(reader: TokenReader): TableName {
  const parts = [reader.name()];
  while (reader.accept('.')) parts.push(reader.name());
  const table = parts.at(-1) ?? '';
  const catalog = parts.at(-3);
  if (parts.length > 3 || (catalog !== undefined && catalog !== 'default_catalog')) {
    throw notEmulated(`catalog ${parts[0] ?? ''}`);
  }
  return { database: parts.at(-2), table };
}

function parseColumns(reader: TokenReader): ColumnSpec[] {
  reader.expect('(');
  const columns: ColumnSpec[] = [];
  do {
    if (reader.at('INDEX')) skipIndex(reader);
    else columns.push(parseColumn(reader));
  } while (reader.accept(','));
  reader.expect(')');
  return columns;
}

/** Indexes change how StarRocks finds rows, never which rows there are. */
function skipIndex(reader: TokenReader): void {
  reader.expect('INDEX');
  reader.name();
  reader.nameList();
  if (reader.accept('USING')) reader.name();
  if (reader.at('(')) reader.parenthesized();
  if (reader.accept('COMMENT')) reader.string();
}

function define(table: string, specs: readonly ColumnSpec[], options: TableOptions): TableDefinition {
  rejectDuplicates(specs);
  const model = options.model ?? impliedModel(specs);
  const keys = options.keys.length > 0 ? options.keys : impliedKeys(specs, model);
  const columns = specs.map((spec) => toColumn(spec, model, keys));
  checkKeys(columns, keys, model);
  return { ...options, name: table, columns, model, keys, distributeKeys: options.distributeKeys };
}

function rejectDuplicates(specs: readonly ColumnSpec[]): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (seen.has(name.toLowerCase())) throw new SqlError(1060, '42S21', `Duplicate column name '${name}'`);
    seen.add(name.toLowerCase());
  }
}

function impliedModel(specs: readonly ColumnSpec[]): TableModel {
  return specs.some((spec) => spec.aggregation !== undefined) ? 'AGG_KEYS' : 'DUP_KEYS';
}

const NOT_KEYS: ReadonlySet<string> = new Set(['FLOAT', 'DOUBLE', 'JSON', 'ARRAY', 'MAP', 'STRUCT', 'VARBINARY']);
const DEFAULT_KEY_COLUMNS = 3;

/** Without a keys clause: all columns before the first aggregated one, or up to three leading columns that may be keys. */
function impliedKeys(specs: readonly ColumnSpec[], model: TableModel): string[] {
  if (model === 'AGG_KEYS') return specs.filter((spec) => spec.aggregation === undefined).map((spec) => spec.name);
  const keys: string[] = [];
  for (const spec of specs) {
    if (NOT_KEYS.has(spec.type.kind) || keys.length === DEFAULT_KEY_COLUMNS) break;
    keys.push(spec.name);
    if (spec.type.kind === 'VARCHAR') break;
  }
  return keys;
}

function toColumn(spec: ColumnSpec, model: TableModel, keys: readonly string[]): Column {
  const key = keys.some((name) => name.toLowerCase() === spec.name.toLowerCase());
  const nullable = spec.nullable ?? !((model === 'PRI_KEYS' && key) || spec.autoIncrement);
  if (model === 'PRI_KEYS' && key && nullable) {
    throw new SqlError(1064, '42000', `primary key column[${spec.name}] cannot be nullable`);
  }
  if (spec.autoIncrement && spec.type.kind !== 'BIGINT') {
    throw new SqlError(1064, '42000', `The AUTO_INCREMENT column must be BIGINT`);
  }
  return { ...spec, key, nullable };
}

function checkKeys(columns: readonly Column[], keys: readonly string[], model: TableModel): void {
  for (const [index, key] of keys.entries()) {
    if (columns[index]?.name.toLowerCase() !== key.toLowerCase()) {
      throw new SqlError(1064, '42000', `Key columns should be a ordered prefix of the schema. Column: ${key}`);
    }
    const type = columns[index].type.kind;
    if (NOT_KEYS.has(type)) throw new SqlError(1064, '42000', `Invalid data type of key column '${key}': '${type}'`);
  }
  if (model !== 'AGG_KEYS') return;
  const bare = columns.find((column) => !column.key && column.aggregation === undefined);
  if (bare !== undefined) {
    throw new SqlError(1064, '42000', `AGG_KEYS table should specify aggregate type for non-key column[${bare.name}]`);
  }
}
