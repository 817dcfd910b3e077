import { type IncomingHttpHeaders } from 'node:http';
import { type Compression } from './compression.ts';
import { header } from './header-values.ts';
import { LoadError } from './load-error.ts';

export type LoadFormat = 'csv' | 'json';

/** `format` names CSV, JSON, or the codec of compressed CSV. */
export function parseFormat(headers: IncomingHttpHeaders): {
  readonly format: LoadFormat;
  readonly compression: Compression | undefined;
} {
  const text = header(headers, 'format') ?? 'csv';
  switch (text.toLowerCase()) {
    case 'csv':
      return { format: 'csv', compression: undefined };
    case 'json':
      return { format: 'json', compression: undefined };
    case 'gzip':
    case 'deflate':
      return { format: 'csv', compression: 'GZIP' };
    case 'bzip2':
      return { format: 'csv', compression: 'BZIP2' };
    case 'lz4':
      return { format: 'csv', compression: 'LZ4_FRAME' };
    case 'zstd':
      return { format: 'csv', compression: 'ZSTD' };
    default:
      throw new LoadError(`unknown data format, format=${text}`);
  }
}
