import { type IncomingHttpHeaders } from 'node:http';
import { type StarRocksVersion } from '../version.ts';
import { booleanHeader, header, integerHeader } from './header-values.ts';
import { LoadError } from './load-error.ts';

export interface CsvOptions {
  readonly columnSeparator: Buffer;
  readonly rowDelimiter: Buffer;
  readonly skipHeader: number;
  readonly trimSpace: boolean;
  readonly enclose: number | undefined;
  readonly escape: number | undefined;
}

const LONGEST_DELIMITER = 50;

/** Releases before 3.0 know only the two delimiters, and ignore the other headers. */
export function parseCsvOptions(all: IncomingHttpHeaders, version: StarRocksVersion): CsvOptions {
  const { column_separator, row_delimiter } = all;
  const headers = version.atLeast(3) ? all : { column_separator, row_delimiter };
  const skipHeader = integerHeader(headers, 'skip_header', 'Invalid csv load skip_header format') ?? 0;
  if (skipHeader < 0) throw new LoadError('skip_header must be equal or greater than 0');
  return {
    columnSeparator: delimiter(header(headers, 'column_separator') ?? '\t', 'column_separator'),
    rowDelimiter: delimiter(header(headers, 'row_delimiter') ?? '\n', 'row_delimiter'),
    skipHeader,
    trimSpace: booleanHeader(headers, 'trim_space', 'Invalid trim space format. Must be bool type'),
    enclose: firstByte(header(headers, 'enclose')),
    escape: firstByte(header(headers, 'escape')),
  };
}

/** `\x01` and `\x0D0A` are bytes in hexadecimal; anything else stands for itself, with the usual escapes. */
function delimiter(text: string, name: string): Buffer {
  const hex = /^\\{1,2}x((?:[0-9a-f]{2})+)$/i.exec(text)?.[1];
  const plain = text.replaceAll('\\t', '\t').replaceAll('\\n', '\n').replaceAll('\\r', '\r');
  const bytes = hex === undefined ? Buffer.from(plain) : Buffer.from(hex, 'hex');
  if (bytes.length === 0) throw new LoadError(`${name} must not be empty`, 'ANALYSIS_ERROR');
  if (bytes.length > LONGEST_DELIMITER) {
    throw new LoadError(`the max length for ${name} is ${LONGEST_DELIMITER}`, 'ANALYSIS_ERROR');
  }
  return bytes;
}

function firstByte(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Buffer.from(text)[0];
}
