import { type OkResult, type ResultColumn } from '../sql/result.ts';
import { type SqlError } from '../sql/sql-error.ts';
import { BINARY, STATUS_AUTOCOMMIT, STATUS_MORE_RESULTS, TYPE, UTF8 } from './constants.ts';
import { PacketWriter } from './packet-writer.ts';

export function okPacket({ affectedRows, info }: Pick<OkResult, 'affectedRows' | 'info'>, more: boolean): Buffer {
  const writer = new PacketWriter()
    .byte(0)
    .lengthInteger(affectedRows)
    .lengthInteger(0)
    .uint16(statusFlags(more))
    .uint16(0);
  return info === '' ? writer.build() : writer.lengthText(info).build();
}

export function errorPacket(error: SqlError): Buffer {
  return new PacketWriter().byte(0xff).uint16(error.code).text(`#${error.sqlState}`).text(error.message).build();
}

export function eofPacket(more: boolean): Buffer {
  return new PacketWriter().byte(0xfe).uint16(0).uint16(statusFlags(more)).build();
}

function statusFlags(more: boolean): number {
  return more ? STATUS_AUTOCOMMIT | STATUS_MORE_RESULTS : STATUS_AUTOCOMMIT;
}

const LONGEST_TEXT = 1_048_576;

export function columnPacket({ name, type }: ResultColumn): Buffer {
  const text = type === 'VAR_STRING';
  return new PacketWriter()
    .lengthText('def')
    .lengthText('')
    .lengthText('')
    .lengthText('')
    .lengthText(name)
    .lengthText(name)
    .byte(0x0c)
    .uint16(text ? UTF8 : BINARY)
    .uint32(text ? LONGEST_TEXT : 255)
    .byte(TYPE[type])
    .uint16(0)
    .byte(type === 'DOUBLE' || type === 'FLOAT' ? 31 : 0)
    .uint16(0)
    .build();
}
