import { type PrimitiveType } from '../../../core/connect-data.ts';
import { type AvroCursor } from './avro-cursor.ts';

/**
 * Goes past a value, to find where it ends without making anything of it. avsc believes any count of items that it reads,
 * and would fill the memory of the process with what a damaged record only says it has.
 *
 * @throws RangeError for data that are none of its type, or end too early.
 */
export type Skip = (cursor: AvroCursor) => void;

/** Of items that take no bytes, such as nulls: a count of them is not bounded by the data. */
const MOST_EMPTY_ITEMS = 1_000_000;

export const skipNothing: Skip = () => undefined;
export const skipBytes: Skip = (cursor) => void cursor.bytes();
export const skipLong: Skip = (cursor) => void cursor.long();

/** Of the primitive types, by Connect's names. Avro's int is the same varint whatever width is meant. */
export const PRIMITIVE_SKIPS: Readonly<Record<PrimitiveType, Skip>> = {
  boolean: skipFixed(1),
  int8: skipLong,
  int16: skipLong,
  int32: skipLong,
  int64: skipLong,
  float32: skipFixed(4),
  float64: skipFixed(8),
  bytes: skipBytes,
  string: skipBytes,
};

export function skipFixed(size: number): Skip {
  return (cursor) => void cursor.skip(size);
}

/** @param skips - of the branches. */
export function skipUnion(skips: readonly Skip[]): Skip {
  return (cursor) => {
    const index = cursor.int();
    const skip = skips[index];
    if (!skip) throw new RangeError(`a union has no branch ${index}`);
    skip(cursor);
  };
}

/** Items in blocks, each with their count in front; a negative one has the size of the block behind it. */
export function skipItems(skip: Skip): Skip {
  return (cursor) => {
    let empty = 0;
    for (let count = Number(cursor.long()); count !== 0; count = Number(cursor.long())) {
      if (count < 0) {
        cursor.long();
        count = -count;
      }
      for (let item = 0; item < count; item++) {
        const { at } = cursor;
        skip(cursor);
        if (cursor.at === at && ++empty > MOST_EMPTY_ITEMS) throw new RangeError(`${count} items take no bytes`);
      }
    }
  };
}
