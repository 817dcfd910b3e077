import { type TableDefinition, type TableModel } from '../catalog/table.ts';
import { notEmulated } from './sql-error.ts';
import { type TokenReader } from './token-reader.ts';

/** What a CREATE TABLE says behind its columns. */
export interface TableOptions extends Omit<TableDefinition, 'name' | 'columns' | 'model'> {
  readonly model: TableModel | undefined;
}

type Mutable = { -readonly [K in keyof TableOptions]: TableOptions[K] };

const MODELS: readonly (readonly [string, TableModel])[] = [
  ['DUPLICATE', 'DUP_KEYS'],
  ['AGGREGATE', 'AGG_KEYS'],
  ['UNIQUE', 'UNQ_KEYS'],
  ['PRIMARY', 'PRI_KEYS'],
];

/** Everything after the column list of CREATE TABLE. */
export function parseTableOptions(reader: TokenReader): TableOptions {
  const options: Mutable = {
    model: undefined,
    keys: [],
    partitionBy: undefined,
    distributedBy: undefined,
    distributeKeys: [],
    buckets: undefined,
    orderBy: [],
    properties: new Map(),
    comment: '',
  };
  while (!reader.done) parseOption(reader, options);
  return options;
}

function parseOption(reader: TokenReader, options: Mutable): void {
  for (const [word, model] of MODELS) {
    if (!reader.accept(word, 'KEY')) continue;
    options.model = model;
    options.keys = reader.nameList();
    return;
  }
  if (reader.accept('ENGINE')) {
    reader.expect('=');
    const engine = reader.name().toUpperCase();
    if (engine !== 'OLAP') throw notEmulated(`ENGINE=${engine}`);
  } else if (reader.accept('COMMENT')) options.comment = reader.string();
  else if (reader.accept('PARTITION', 'BY')) options.partitionBy = parsePartition(reader);
  else if (reader.accept('DISTRIBUTED', 'BY')) parseDistribution(reader, options);
  else if (reader.accept('ORDER', 'BY')) options.orderBy = reader.nameList();
  else if (reader.accept('PROPERTIES')) options.properties = parseProperties(reader);
  else if (reader.at('ROLLUP') || reader.at('BROKER')) throw notEmulated(`${reader.next().text} in CREATE TABLE`);
  else reader.expectEnd();
}

/** Kept as text: all partitions exist here, so no row is ever outside of them. */
function parsePartition(reader: TokenReader): string {
  const start = reader.peek()?.start ?? 0;
  while (!reader.done && !['DISTRIBUTED', 'ORDER', 'PROPERTIES', 'COMMENT'].some((word) => reader.at(word))) {
    if (reader.at('(')) reader.parenthesized();
    else reader.next();
  }
  return reader.sql.slice(start, reader.lastEnd);
}

function parseDistribution(reader: TokenReader, options: Mutable): void {
  if (reader.accept('HASH')) {
    options.distributeKeys = reader.nameList();
    options.distributedBy = 'HASH';
  } else {
    reader.expect('RANDOM');
    options.distributedBy = 'RANDOM';
  }
  if (reader.accept('BUCKETS')) options.buckets = reader.accept('AUTO') ? undefined : reader.number();
}

export function parseProperties(reader: TokenReader): Map<string, string> {
  const properties = new Map<string, string>();
  reader.expect('(');
  do {
    const key = reader.next().text;
    reader.expect('=');
    properties.set(key, reader.next().text);
  } while (reader.accept(','));
  reader.expect(')');
  return properties;
}
