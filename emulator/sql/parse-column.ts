import { type AggregationType, type Column, type ColumnDefault } from '../catalog/table.ts';
import { parseType } from './parse-type.ts';
import { notEmulated, SqlError } from './sql-error.ts';
import { type TokenReader } from './token-reader.ts';

/** A column as written: whether it may be NULL depends on the keys clause that follows when the user did not say. */
export interface ColumnSpec extends Omit<Column, 'nullable'> {
  readonly nullable: boolean | undefined;
}

const AGGREGATIONS: ReadonlySet<string> = new Set(['SUM', 'MIN', 'MAX', 'REPLACE', 'REPLACE_IF_NOT_NULL']);
const OTHER_AGGREGATIONS: ReadonlySet<string> = new Set(['BITMAP_UNION', 'HLL_UNION', 'PERCENTILE_UNION']);

export function parseColumn(reader: TokenReader): ColumnSpec {
  const name = reader.name();
  if (/^__(op|row)/i.test(name)) {
    throw new SqlError(1166, '42000', `Incorrect column name '${name}': __op and __row are reserved`);
  }
  const spec = {
    name,
    type: parseType(reader),
    nullable: undefined as boolean | undefined,
    key: false,
    aggregation: undefined as AggregationType | undefined,
    defaultValue: undefined as ColumnDefault | undefined,
    autoIncrement: false,
    generated: undefined as string | undefined,
    comment: '',
  };
  for (;;) {
    const word = reader.peek()?.text.toUpperCase() ?? '';
    if (reader.accept('NOT', 'NULL')) spec.nullable = false;
    else if (reader.accept('NULL')) spec.nullable = true;
    else if (reader.accept('KEY')) spec.key = true;
    else if (reader.accept('AUTO_INCREMENT')) spec.autoIncrement = true;
    else if (reader.accept('COMMENT')) spec.comment = reader.string();
    else if (reader.accept('DEFAULT')) spec.defaultValue = parseDefault(reader);
    else if (reader.accept('AS')) spec.generated = parseGenerated(reader);
    else if (reader.accept('CHARACTER', 'SET') || reader.accept('CHARSET')) reader.next();
    else if (AGGREGATIONS.has(word)) spec.aggregation = reader.next().text.toUpperCase() as AggregationType;
    else if (OTHER_AGGREGATIONS.has(word)) throw notEmulated(`aggregation ${word}`);
    else return spec;
  }
}

function parseGenerated(reader: TokenReader): string {
  const start = reader.peek()?.start ?? 0;
  while (!reader.done && !reader.at(',') && !reader.at(')') && !reader.at('COMMENT')) {
    if (reader.at('(')) reader.parenthesized();
    else reader.next();
  }
  return reader.sql.slice(start, reader.lastEnd);
}

function parseDefault(reader: TokenReader): ColumnDefault {
  if (reader.accept('NULL')) return { kind: 'null' };
  if (reader.accept('CURRENT_TIMESTAMP') || reader.accept('NOW')) {
    if (reader.at('(')) reader.parenthesized();
    return { kind: 'current_timestamp' };
  }
  if (reader.at('(')) {
    const expression = reader.parenthesized().toLowerCase().replaceAll(/\s/g, '');
    if (expression === 'uuid()') return { kind: 'uuid' };
    if (expression === 'uuid_numeric()') return { kind: 'uuid_numeric' };
    throw notEmulated(`default value (${expression})`);
  }
  const sign = reader.accept('-') ? '-' : '';
  return { kind: 'constant', text: sign + reader.next().text };
}
