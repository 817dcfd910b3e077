import { ByteCursor, zigzag } from '../byte-cursor.ts';

const INT_LIMIT = 2 ** 31;

/** Reads the primitive types of Avro one after the other. All of it throws a RangeError for what is none, or goes beyond the end. */
export class AvroCursor extends ByteCursor {
  boolean(): boolean {
    const byte = this.memory[this.skip(1)];
    if (byte !== 0 && byte !== 1) throw new RangeError(`a boolean is ${byte}`);
    return byte === 1;
  }

  int(): number {
    const value = this.long();
    if (typeof value === 'bigint' || value < -INT_LIMIT || value >= INT_LIMIT) {
      throw new RangeError(`an int is ${value}`);
    }
    return value;
  }

  /** A number where that is exact, otherwise a bigint. */
  long(): number | bigint {
    return zigzag(this.varint());
  }

  /** Goes past bytes that have their length in front. Returns where they begin; they end where it stands then. */
  bytes(): number {
    const length = this.long();
    if (typeof length === 'bigint' || length < 0) throw new RangeError(`a length is ${length}`);
    return this.skip(length);
  }
}
