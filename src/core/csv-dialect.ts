/** How StarRocks reads the CSV of a load: its Stream Load headers. */
export interface CsvDialect {
  readonly columnSeparator: Uint8Array;
  readonly rowDelimiter: Uint8Array;
  /** What encloses a field; inside, it is doubled. */
  readonly enclose: number | undefined;
  /** What takes the meaning from the byte behind it. */
  readonly escape: number | undefined;
  /** Spaces around fields do not count. */
  readonly trimSpace: boolean;
  /** The fields of a row in their order, from `columns`; undefined where it is the table that says. */
  readonly fields: readonly string[] | undefined;
}

/** Reads the dialect from Stream Load headers, with StarRocks' defaults: tabs, line feeds, nothing enclosed. */
export function csvDialect(properties: Readonly<Record<string, string>>): CsvDialect {
  const { columns, column_separator = '\t', row_delimiter = '\n', enclose, escape, trim_space } = properties;
  return {
    columnSeparator: delimiterBytes(column_separator),
    rowDelimiter: delimiterBytes(row_delimiter),
    enclose: firstByte(enclose),
    escape: firstByte(escape),
    trimSpace: trim_space?.toLowerCase() === 'true',
    fields: columns === undefined ? undefined : plainNames(columns),
  };
}

const HEX = /^\\{1,2}x((?:[0-9a-f]{2})+)$/i;
const ESCAPES: Readonly<Record<string, string>> = { '\\t': '\t', '\\n': '\n', '\\r': '\r' };

/** `\x01` and `\x0D0A` are bytes in hexadecimal; anything else stands for itself, with the usual escapes. */
export function delimiterBytes(text: string): Uint8Array {
  const hex = HEX.exec(text)?.[1];
  return hex === undefined
    ? Buffer.from(text.replaceAll(/\\[tnr]/g, (escaped) => ESCAPES[escaped] ?? escaped))
    : Buffer.from(hex, 'hex');
}

/**
 * A delimiter as a header can carry it: StarRocks reads bytes that are not plain ASCII in hexadecimal only.
 */
export function delimiterHeader(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `\\x${Buffer.from(text).toString('hex').toUpperCase()}`;
}

function firstByte(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Buffer.from(text)[0];
}

/** The names before the first expression: `id, name, tmp, d = date(tmp)` has three. */
function plainNames(columns: string): string[] {
  const names: string[] = [];
  for (const item of columns.split(',')) {
    if (item.includes('=')) break;
    names.push(item.trim().replace(/^`(.*)`$/, '$1'));
  }
  return names;
}
