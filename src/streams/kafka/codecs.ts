import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { asBuffer } from '../../core/as-buffer.ts';

/** KafkaJS's shape of a codec. */
export interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** KafkaJS has one of its own for what it writes and reads. */
export const gzipCodec: Pick<Codec, 'decompress'> = { decompress: promisify(gunzip) };

// The packages are native code or large, and most topics need none of them or one: each is loaded by its first batch.

/** Java's SnappyOutputStream puts its own framing round the blocks: this header, then blocks with their lengths. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export const snappyCodec: Codec = {
  async compress({ buffer }) {
    const { compress } = await import('snappy');
    return compress(buffer);
  },
  async decompress(buffer) {
    if (!buffer.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return inflateSnappyBlock(buffer);
    const blocks: Buffer[] = [];
    let position = XERIAL_HEADER_BYTES;
    while (position < buffer.length) {
      const length = buffer.readInt32BE(position);
      position += 4;
      if (length < 0) throw new RangeError(`a snappy block says that it has ${length} bytes`);
      blocks.push(await inflateSnappyBlock(buffer.subarray(position, position + length)));
      position += length;
    }
    return Buffer.concat(blocks);
  },
};

async function inflateSnappyBlock(block: Buffer): Promise<Buffer> {
  const { uncompress } = await import('snappy');
  return (await uncompress(block, { asBuffer: true })) as Buffer;
}

export const lz4Codec: Codec = {
  async compress({ buffer }) {
    const { compressFrame } = await import('lz4-napi');
    return compressFrame(buffer);
  },
  async decompress(buffer) {
    const { decompressFrame } = await import('lz4-napi');
    return decompressFrame(buffer);
  },
};

export const zstdCodec: Codec = {
  compress: () =>
    Promise.reject(new Error('Writing zstd is not supported; choose gzip, snappy or lz4 for this producer.')),
  async decompress(buffer) {
    const { decompress } = await import('fzstd');
    const bytes = decompress(buffer);
    return asBuffer(bytes);
  },
};
