import avro from 'avsc';
import { zigzag } from '../byte-cursor.ts';

/** Bytes whose 49 bits of integer a double adds up exactly. */
const SAFE_BYTES = 7;

/**
 * Avro's long without loss: avsc's own refuses what is beyond 2^53. It is given the packed bytes, because most longs are
 * short, and unpacking each into 8 bytes first would take longer than to read them.
 */
export const longType: avro.Type = avro.types.LongType.__with(
  {
    fromBuffer: readLong,
    // For reading only.
    toBuffer: unsupported,
    fromJSON: unsupported,
    toJSON: unsupported,
    isValid: () => true,
    compare: unsupported,
  },
  true,
);

function readLong(packed: Uint8Array): number | bigint {
  const { length } = packed;
  if (length > SAFE_BYTES) return readBigLong(packed);
  let value = 0;
  let factor = 1;
  for (let index = 0; index < length; index++) {
    value += ((packed[index] as number) & 0x7f) * factor;
    factor *= 128;
  }
  return zigzag(value);
}

function readBigLong(packed: Uint8Array): number | bigint {
  let value = 0n;
  for (let index = packed.length - 1; index >= 0; index--) {
    value = (value << 7n) | BigInt((packed[index] as number) & 0x7f);
  }
  return zigzag(value);
}

function unsupported(): never {
  throw new Error('Avro is only read here');
}
