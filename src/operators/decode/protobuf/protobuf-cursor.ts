import { integer } from '../../../core/connect-data.ts';
import { ByteCursor, zigzag } from '../byte-cursor.ts';

/** How the bytes of a field's value tell where they end. */
export const WIRE = { varint: 0, bytes8: 1, sized: 2, bytes4: 5 } as const;

/** Reads values as Protobuf writes them. All of it throws a RangeError for what is none, or goes beyond the end. */
export class ProtobufCursor extends ByteCursor {
  /** The lower 32 bits of a varint, as a signed number. */
  int32(): number {
    const value = this.varint();
    return typeof value === 'bigint' ? Number(BigInt.asIntN(32, value)) : value | 0;
  }

  /** A number where that is exact, otherwise a bigint. */
  int64(): number | bigint {
    const value = this.varint();
    return typeof value === 'bigint' ? integer(BigInt.asIntN(64, value)) : value;
  }

  /** The same without a sign. What is beyond 64 bits does not count. */
  uint64(): number | bigint {
    const value = this.varint();
    return typeof value === 'bigint' ? integer(BigInt.asUintN(64, value)) : value;
  }

  sint64(): number | bigint {
    const value = this.varint();
    return zigzag(typeof value === 'bigint' ? BigInt.asUintN(64, value) : value);
  }

  /** Goes past bytes that have their length in front. Returns where they begin; they end where it stands then. */
  bytes(): number {
    const length = this.varint();
    if (typeof length === 'bigint') throw new RangeError(`a length is ${length}`);
    return this.skip(length);
  }

  /** Goes past a value. */
  skipValue(wire: number): void {
    switch (wire) {
      case WIRE.varint:
        this.varint();
        return;
      case WIRE.bytes8:
        this.skip(8);
        return;
      case WIRE.sized:
        this.bytes();
        return;
      case WIRE.bytes4:
        this.skip(4);
        return;
      default:
        throw new RangeError(`a value has the wire type ${wire}`);
    }
  }
}
