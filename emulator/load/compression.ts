import { type IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { unzip } from 'node:zlib';
import { type StarRocksVersion } from '../version.ts';
import { header } from './header-values.ts';
import { LoadError, notEmulatedLoad } from './load-error.ts';

export type Compression = 'GZIP' | 'DEFLATE' | 'ZSTD' | 'LZ4_FRAME' | 'SNAPPY' | 'BZIP2' | 'LZ4' | 'ZLIB';

const NAMES: ReadonlySet<string> = new Set(['GZIP', 'DEFLATE', 'ZSTD', 'LZ4_FRAME', 'SNAPPY', 'BZIP2', 'LZ4', 'ZLIB']);

const inflate = promisify(unzip);

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
    case 'GZIP':
    case 'DEFLATE':
      return inflate(body);
    case 'LZ4':
    case 'ZLIB':
      throw new LoadError(`Unknown compress type: ${codec}`);
    default:
      throw notEmulatedLoad(`compression ${codec}`);
  }
}
