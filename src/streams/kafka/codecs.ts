import { decompress as inflateZstd } from 'fzstd';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as deflateSnappy, uncompress as inflateSnappy } from 'snappy';

/** KafkaJS's shape of a codec; gzip is built in. */
export interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** Java's SnappyOutputStream puts its own framing round the blocks: this header, then blocks with their lengths. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export const snappyCodec: Codec = {
  compress: ({ buffer }) => deflateSnappy(buffer),
  async decompress(buffer) {
    if (!buffer.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return inflateSnappyBlock(buffer);
    const blocks: Buffer[] = [];
    let position = XERIAL_HEADER_BYTES;
    while (position < buffer.length) {
      const length = buffer.readInt32BE(position);
      position += 4;
      blocks.push(await inflateSnappyBlock(buffer.subarray(position, position + length)));
      position += length;
    }
    return Buffer.concat(blocks);
  },
};

async function inflateSnappyBlock(block: Buffer): Promise<Buffer> {
  return (await inflateSnappy(block, { asBuffer: true })) as Buffer;
}

export const lz4Codec: Codec = {
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (buffer) => decompressFrame(buffer),
};

export const zstdCodec: Codec = {
  compress: () =>
    Promise.reject(new Error('Writing zstd is not supported; choose gzip, snappy or lz4 for this producer.')),
  decompress(buffer) {
    try {
      const bytes = inflateZstd(buffer);
      return Promise.resolve(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  },
};
