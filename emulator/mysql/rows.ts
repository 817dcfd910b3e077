import { type Cell, type ResultColumn, type ResultType } from '../sql/result.ts';
import { PacketWriter } from './packet-writer.ts';

export type RowEncoder = (cells: readonly Cell[], columns: readonly ResultColumn[]) => Buffer;

export const textRow: RowEncoder = (cells) => {
  const writer = new PacketWriter();
  for (const cell of cells) {
    if (cell === null) writer.byte(0xfb);
    else writer.lengthText(cell);
  }
  return writer.build();
};

/** What prepared statements answer with. */
export const binaryRow: RowEncoder = (cells, columns) => {
  const nulls = Buffer.alloc((cells.length + 9) >> 3);
  const values = new PacketWriter();
  for (const [index, cell] of cells.entries()) {
    if (cell === null) {
      const bit = index + 2;
      nulls[bit >> 3] = (nulls[bit >> 3] ?? 0) | (1 << (bit & 7));
    } else {
      values.bytes(encode(cell, columns[index]?.type ?? 'VAR_STRING'));
    }
  }
  return new PacketWriter().byte(0).bytes(nulls).bytes(values.build()).build();
};

function encode(cell: string | Buffer, type: ResultType): Buffer {
  const text = cell.toString();
  switch (type) {
    case 'TINY':
      return fixed(1, (bytes) => bytes.writeInt8(Number(text)));
    case 'SHORT':
      return fixed(2, (bytes) => bytes.writeInt16LE(Number(text)));
    case 'LONG':
      return fixed(4, (bytes) => bytes.writeInt32LE(Number(text)));
    case 'LONGLONG':
      return fixed(8, (bytes) => bytes.writeBigInt64LE(BigInt(text)));
    case 'FLOAT':
      return fixed(4, (bytes) => bytes.writeFloatLE(Number(text)));
    case 'DOUBLE':
      return fixed(8, (bytes) => bytes.writeDoubleLE(Number(text)));
    case 'DATE':
    case 'DATETIME':
      return encodeDate(text);
    default:
      return new PacketWriter().lengthText(cell).build();
  }
}

function fixed(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  write(bytes);
  return bytes;
}

function encodeDate(text: string): Buffer {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0] = text.split(/[-: .]/).map(Number);
  const writer = new PacketWriter().byte(11).uint16(year).byte(month).byte(day);
  return writer.byte(hour).byte(minute).byte(second).uint32(micros).build();
}
