import { quoteText } from '../catalog/column-type.ts';
import { tokenize } from '../sql/lexer.ts';
import { isText } from '../sql/token-reader.ts';
import { type PacketReader, ProtocolError } from './packet-reader.ts';
import { PacketWriter } from './packet-writer.ts';

/** A statement with question marks, and the types that its last execution bound them with. */
export interface PreparedStatement {
  readonly sql: string;
  readonly parameters: readonly number[];
  types: readonly number[];
}

export function prepare(sql: string): PreparedStatement {
  const marks = tokenize(sql).filter((token) => isText(token, '?'));
  return { sql, parameters: marks.map((token) => token.start), types: [] };
}

/** The columns are told with each execution. */
export function preparedPacket(id: number, statement: PreparedStatement): Buffer {
  return new PacketWriter().byte(0).uint32(id).uint16(0).uint16(statement.parameters.length).byte(0).uint16(0).build();
}

/** The statement with the execution's values written into it. The reader stands after the statement's id. */
export function bind(statement: PreparedStatement, reader: PacketReader): string {
  reader.byte();
  reader.uint32();
  const { parameters, sql } = statement;
  if (parameters.length === 0) return sql;
  const nulls = reader.bytes((parameters.length + 7) >> 3);
  if (reader.byte() === 1) statement.types = parameters.map(() => reader.uint16());
  let bound = '';
  let from = 0;
  for (const [index, position] of parameters.entries()) {
    const isNull = ((nulls[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
    bound += sql.slice(from, position) + (isNull ? 'NULL' : literal(reader, statement.types[index] ?? 253));
    from = position + 1;
  }
  return bound + sql.slice(from);
}

function literal(reader: PacketReader, typeAndSign: number): string {
  const unsigned = (typeAndSign & 0x8000) !== 0;
  switch (typeAndSign & 0xff) {
    case 1:
      return String(unsigned ? reader.byte() : reader.bytes(1).readInt8());
    case 2:
      return String(unsigned ? reader.uint16() : reader.bytes(2).readInt16LE());
    case 3:
      return String(unsigned ? reader.uint32() : reader.bytes(4).readInt32LE());
    case 4:
      return String(reader.bytes(4).readFloatLE());
    case 5:
      return String(reader.bytes(8).readDoubleLE());
    case 6:
      return 'NULL';
    case 8:
      return String(unsigned ? reader.bytes(8).readBigUInt64LE() : reader.bytes(8).readBigInt64LE());
    case 7:
    case 10:
    case 12:
      return quoteText(dateText(reader));
    case 11:
      throw new ProtocolError('TIME parameters are not emulated');
    default:
      return quoteText(reader.lengthBytes().toString()).replaceAll('\\', '\\\\');
  }
}

function dateText(reader: PacketReader): string {
  const length = reader.byte();
  if (length === 0) return '0000-00-00';
  const date = [String(reader.uint16()).padStart(4, '0'), two(reader.byte()), two(reader.byte())].join('-');
  if (length === 4) return date;
  const time = [two(reader.byte()), two(reader.byte()), two(reader.byte())].join(':');
  return length === 7 ? `${date} ${time}` : `${date} ${time}.${String(reader.uint32()).padStart(6, '0')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
