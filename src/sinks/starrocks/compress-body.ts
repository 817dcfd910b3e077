import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { type LoadBody } from './starrocks-http.ts';

/** StarRocks' names of the codecs that it takes for JSON bodies and that can be written here. */
export type Compression = 'none' | 'gzip' | 'lz4_frame' | 'zstd';

/** What tells StarRocks how a body is compressed. For CSV the format does: older releases ignore anything else. */
export function compressionHeaders(compression: Compression, format: string | undefined): Record<string, string> {
  if (compression === 'none') return {};
  return format === 'csv' ? { format: compression === 'lz4_frame' ? 'lz4' : compression } : { compression };
}

/** Node has Zstandard from 22.15 on, and its types for Node 20 do not know it. */
const createZstdCompress = (zlib as { createZstdCompress?: () => NodeJS.ReadWriteStream }).createZstdCompress;

/** Whether this Node.js can write a codec. */
export function canCompress(compression: Compression): boolean {
  return compression !== 'zstd' || createZstdCompress !== undefined;
}

/**
 * The body as one compressed frame: StarRocks stops reading at the end of the first one. Whole and with a known length,
 * because StarRocks notices a truncated load only by its Content-Length.
 */
export async function compressBody(body: LoadBody, compression: Compression): Promise<LoadBody> {
  switch (compression) {
    case 'none':
      return body;
    case 'gzip':
      // The fastest level: a load is sent once, and StarRocks is near.
      return through(body, zlib.createGzip({ level: zlib.constants.Z_BEST_SPEED }));
    case 'zstd':
      if (!createZstdCompress) throw new Error('This Node.js cannot write zstd.');
      return through(body, createZstdCompress());
    case 'lz4_frame': {
      // Native code, which few pipelines need.
      const { compressFrame } = await import('lz4-napi');
      const frame = await compressFrame(Buffer.concat(body.chunks, body.length));
      return { chunks: [frame], length: frame.length };
    }
  }
}

async function through(body: LoadBody, codec: NodeJS.ReadWriteStream): Promise<LoadBody> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of Readable.from(body.chunks, { objectMode: false }).pipe(codec) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
  }
  return { chunks, length };
}
