import { type CsvOptions } from '../load/csv-options.ts';

const SPACE = 0x20;

/** A row's fields as text; null is the unenclosed `\N`. */
export function splitFields(row: Buffer, options: CsvOptions): (string | null)[] {
  return options.enclose === undefined && options.escape === undefined
    ? splitPlain(row, options)
    : splitEnclosed(row, options);
}

function splitPlain(row: Buffer, { columnSeparator, trimSpace }: CsvOptions): (string | null)[] {
  const fields: (string | null)[] = [];
  let start = 0;
  for (;;) {
    const found = row.indexOf(columnSeparator, start);
    const end = found < 0 ? row.length : found;
    fields.push(plainText(row.toString('utf8', start, end), trimSpace));
    if (found < 0) return fields;
    start = end + columnSeparator.length;
  }
}

function plainText(text: string, trimSpace: boolean): string | null {
  const trimmed = trimSpace ? text.trim() : text;
  return trimmed === '\\N' ? null : trimmed;
}

/** StarRocks' "v2" parser: inside the enclosing character separators are text, and the character itself is doubled. */
function splitEnclosed(row: Buffer, options: CsvOptions): (string | null)[] {
  const fields: (string | null)[] = [];
  let start = 0;
  while (start <= row.length) {
    const { text, end } = readField(row, start, options);
    fields.push(text);
    start = end + options.columnSeparator.length;
  }
  return fields;
}

function readField(row: Buffer, from: number, options: CsvOptions): { text: string | null; end: number } {
  const { columnSeparator, enclose, escape, trimSpace } = options;
  let position = from;
  if (trimSpace) while (row[position] === SPACE) position++;
  const enclosed = enclose !== undefined && row[position] === enclose;
  if (enclosed) position++;
  const bytes: number[] = [];
  let inside = enclosed;
  for (; position < row.length; position++) {
    const byte = row[position] ?? 0;
    if (escape !== undefined && byte === escape && position + 1 < row.length) {
      bytes.push(row[++position] ?? 0);
    } else if (inside && byte === enclose) {
      if (row[position + 1] === enclose) bytes.push(row[++position] ?? 0);
      else inside = false;
    } else if (!inside && startsWith(row, position, columnSeparator)) {
      break;
    } else if (inside || !enclosed || !trimSpace || byte !== SPACE) {
      bytes.push(byte);
    }
  }
  const text = Buffer.from(bytes).toString('utf8');
  return { text: enclosed ? text : plainText(text, trimSpace), end: position };
}

function startsWith(row: Buffer, position: number, wanted: Buffer): boolean {
  return row.subarray(position, position + wanted.length).equals(wanted);
}
