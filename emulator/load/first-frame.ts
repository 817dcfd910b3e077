import { LoadError } from './load-error.ts';

const ZSTD_MAGIC = 0xfd2fb528;
const LZ4_MAGIC = 0x184d2204;

/** StarRocks inflates one frame and drops what follows without a word, so only the first is handed to the codec. */
export function firstZstdFrame(body: Buffer): Buffer {
  return guard('ZSTD', () => {
    if (body.readUInt32LE(0) !== ZSTD_MAGIC) throw new RangeError('no frame');
    const descriptor = body.readUInt8(4);
    const singleSegment = (descriptor & 0x20) !== 0;
    const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
    let position = 5 + (singleSegment ? 0 : 1) + dictionary + contentSize;
    for (let last = false; !last; ) {
      const block = body.readUIntLE(position, 3);
      last = (block & 1) === 1;
      const runLength = ((block >> 1) & 3) === 1;
      position += 3 + (runLength ? 1 : block >> 3);
    }
    return slice(body, position + ((descriptor & 4) === 0 ? 0 : 4));
  });
}

export function firstLz4Frame(body: Buffer): Buffer {
  return guard('LZ4_FRAME', () => {
    if (body.readUInt32LE(0) !== LZ4_MAGIC) throw new RangeError('no frame');
    const flags = body.readUInt8(4);
    let position = 7 + ((flags & 8) === 0 ? 0 : 8) + ((flags & 1) === 0 ? 0 : 4);
    const blockChecksum = (flags & 16) === 0 ? 0 : 4;
    for (;;) {
      const block = body.readUInt32LE(position);
      position += 4;
      if (block === 0) break;
      position += (block & 0x7fff_ffff) + blockChecksum;
    }
    return slice(body, position + ((flags & 4) === 0 ? 0 : 4));
  });
}

function slice(body: Buffer, end: number): Buffer {
  if (end > body.length) throw new RangeError('truncated');
  return body.subarray(0, end);
}

/** What StarRocks says of a truncated or foreign body is not known [U]; it does not load it. */
function guard(codec: string, read: () => Buffer): Buffer {
  try {
    return read();
  } catch {
    throw new LoadError(`decompress failed: the body is not one complete ${codec} frame`);
  }
}
