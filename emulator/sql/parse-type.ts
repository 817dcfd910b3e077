import { type ColumnType, type ScalarKind, STRING_LENGTH, type StructField } from '../catalog/column-type.ts';
import { notEmulated, syntaxError } from './sql-error.ts';
import { type TokenReader } from './token-reader.ts';

const SCALARS: ReadonlyMap<string, ScalarKind> = new Map<string, ScalarKind>([
  ['BOOLEAN', 'BOOLEAN'],
  ['BOOL', 'BOOLEAN'],
  ['TINYINT', 'TINYINT'],
  ['SMALLINT', 'SMALLINT'],
  ['INT', 'INT'],
  ['INTEGER', 'INT'],
  ['BIGINT', 'BIGINT'],
  ['LARGEINT', 'LARGEINT'],
  ['FLOAT', 'FLOAT'],
  ['DOUBLE', 'DOUBLE'],
  ['DATE', 'DATE'],
  ['DATETIME', 'DATETIME'],
  ['JSON', 'JSON'],
]);

const DECIMALS = new Set(['DECIMAL', 'DECIMALV2', 'DECIMAL32', 'DECIMAL64', 'DECIMAL128', 'NUMERIC']);

/** Without a length, VARCHAR takes the longest value that StarRocks 2.1 to 4.1 stores. */
const VARCHAR_LENGTH = 1_048_576;

export function parseType(reader: TokenReader): ColumnType {
  const name = reader.name().toUpperCase();
  const scalar = SCALARS.get(name);
  if (scalar !== undefined) {
    skipDisplayWidth(reader);
    return { kind: scalar };
  }
  if (DECIMALS.has(name)) return parseDecimal(reader);
  switch (name) {
    case 'CHAR':
      return { kind: 'CHAR', length: parseLength(reader) ?? 1 };
    case 'VARCHAR':
      return { kind: 'VARCHAR', length: parseLength(reader) ?? VARCHAR_LENGTH };
    case 'STRING':
      return { kind: 'VARCHAR', length: STRING_LENGTH };
    case 'BINARY':
    case 'VARBINARY':
      return { kind: 'VARBINARY', length: parseLength(reader) ?? VARCHAR_LENGTH };
    case 'ARRAY':
      return parseArray(reader);
    case 'MAP':
      return parseMap(reader);
    case 'STRUCT':
      return { kind: 'STRUCT', fields: parseFields(reader) };
    case 'BITMAP':
    case 'HLL':
    case 'PERCENTILE':
    case 'VARIANT':
      throw notEmulated(`column type ${name}`);
    default:
      throw syntaxError(`unknown column type ${name}`);
  }
}

/** `INT(11)`: the width says nothing about the value. */
function skipDisplayWidth(reader: TokenReader): void {
  if (reader.at('(')) reader.parenthesized();
}

function parseLength(reader: TokenReader): number | undefined {
  if (!reader.accept('(')) return undefined;
  const length = reader.accept('*') ? VARCHAR_LENGTH : reader.number();
  reader.expect(')');
  return length;
}

function parseDecimal(reader: TokenReader): ColumnType {
  if (!reader.accept('(')) return { kind: 'DECIMAL', precision: 10, scale: 0 };
  const precision = reader.number();
  const scale = reader.accept(',') ? reader.number() : 0;
  reader.expect(')');
  if (precision > 38) throw notEmulated(`DECIMAL(${precision}, ${scale}), wider than 38 digits,`);
  if (precision < 1 || scale > precision) throw syntaxError(`invalid DECIMAL(${precision}, ${scale})`);
  return { kind: 'DECIMAL', precision, scale };
}

function parseArray(reader: TokenReader): ColumnType {
  reader.expect('<');
  const element = parseType(reader);
  reader.expect('>');
  return { kind: 'ARRAY', element };
}

function parseMap(reader: TokenReader): ColumnType {
  reader.expect('<');
  const key = parseType(reader);
  reader.expect(',');
  const value = parseType(reader);
  reader.expect('>');
  return { kind: 'MAP', key, value };
}

function parseFields(reader: TokenReader): StructField[] {
  reader.expect('<');
  const fields: StructField[] = [];
  do {
    const name = reader.name();
    reader.accept(':');
    fields.push({ name, type: parseType(reader) });
  } while (reader.accept(','));
  reader.expect('>');
  return fields;
}
