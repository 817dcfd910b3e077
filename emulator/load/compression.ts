import { type IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { decompress as zstd } from 'fzstd';
import { decompressFrame as lz4 } from 'lz4-napi';
import { uncompress as snappy } from 'snappy';
import { type StarRocksVersion } from '../version.ts';
import { firstLz4Frame, firstZstdFrame } from './first-frame.ts';
import { header } from './header-values.ts';
import { LoadError, notEmulatedLoad } from './load-error.ts';

export type Compression = 'GZIP' | 'DEFLATE' | 'ZSTD' | 'LZ4_FRAME' | 'SNAPPY' | 'BZIP2' | 'LZ4' | 'ZLIB';

const NAMES: ReadonlySet<string> = new Set(['GZIP', 'DEFLATE', 'ZSTD', 'LZ4_FRAME', 'SNAPPY', 'BZIP2', 'LZ4', 'ZLIB']);

const zlib = promisify(unzip);

/** The codec of a JSON body. Releases before 3.2.7 ignore the headers, and the compressed bytes then fail in the JSON parser. */
export function requestCompression(headers: IncomingHttpHeaders, version: StarRocksVersion): Compression | undefined {
  if (!version.atLeast(3, 2, 7)) return undefined;
  const encoding = header(headers, 'content-encoding');
  const compression = header(headers, 'compression');
  if (encoding !== undefined && compression !== undefined) {
    throw new LoadError('Only one of http header content-encoding and compression can be set');
  }
  const name = encoding ?? compression;
  if (name === undefined || name.toUpperCase() === 'NO_COMPRESSION') return undefined;
  if (!NAMES.has(name.toUpperCase())) throw new LoadError(`Unsupported compression type: ${name}`);
  return name.toUpperCase() as Compression;
}

/** Inflates one frame; StarRocks stops at the end of the first. */
export async function decompress(body: Buffer, codec: Compression): Promise<Buffer> {
  switch (codec) {
    case 'LZ4':
    case 'ZLIB':
      throw new LoadError(`Unknown compress type: ${codec}`);
    case 'BZIP2':
      throw notEmulatedLoad(`compression ${codec}`);
    default:
      return inflate(body, codec);
  }
}

async function inflate(body: Buffer, codec: 'GZIP' | 'DEFLATE' | 'ZSTD' | 'LZ4_FRAME' | 'SNAPPY'): Promise<Buffer> {
  if (body.length === 0) return body;
  try {
    if (codec === 'ZSTD') return Buffer.from(zstd(firstZstdFrame(body)));
    if (codec === 'LZ4_FRAME') return await lz4(firstLz4Frame(body));
    if (codec === 'SNAPPY') return (await snappy(body, { asBuffer: true })) as Buffer;
    return await zlib(body);
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw new LoadError(`decompress failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
