import { asBuffer } from '../../core/as-buffer.ts';
import { type CsvDialect } from '../../core/csv-dialect.ts';
import { csvFormat } from '../../core/row-format.ts';
import { RowError, type RowWriter } from '../encode-rows.ts';
import { jsonText } from '../json/write-json.ts';
import { type RowSink } from '../row-sink.ts';

const SPACE = 0x20;
const NULL_FIELD = '\\N';

/**
 * CSV rows. Bytes and text are rows as somebody else wrote them, one in each line; what a converter or an operator made
 * is written in the order of `columns`.
 */
export function csvRows(dialect: CsvDialect): RowWriter {
  return {
    format: csvFormat(dialect.rowDelimiter),
    write(value, to) {
      if (value instanceof Uint8Array) writeLines(value, dialect, to);
      else if (typeof value === 'string') writeLines(Buffer.from(value, 'utf8'), dialect, to);
      else for (const row of Array.isArray(value) ? (value as readonly unknown[]) : [value]) writeRow(row, dialect, to);
    },
  };
}

function writeLines(text: Uint8Array, dialect: CsvDialect, to: RowSink): void {
  const rows = splitCsv(text, dialect);
  if (rows.length === 0) throw new RowError('its value is an empty line, which StarRocks takes for no row');
  for (const { start, end } of rows) {
    to.bytes(text.subarray(start, end));
    to.endRow();
  }
}

function writeRow(value: unknown, dialect: CsvDialect, to: RowSink): void {
  if (typeof value !== 'object' || value === null) throw new RowError('its value is neither CSV text nor an object');
  if (dialect.fields === undefined) {
    throw new RowError(
      'its value is an object, and nothing says in which order its fields go. Set sink.properties.columns (starrocks.properties.columns)',
    );
  }
  to.text(csvRow(value as Readonly<Record<string, unknown>>, dialect.fields, dialect));
  to.endRow();
}

/**
 * Where the rows are in CSV text, without their delimiters: StarRocks takes each of them as one row. Empty lines are none.
 *
 * @throws RowError for an enclosed field without an end, which would swallow the rows behind it.
 */
function splitCsv(text: Uint8Array, dialect: CsvDialect): { readonly start: number; readonly end: number }[] {
  const rows: { start: number; end: number }[] = [];
  const { length: delimiterLength } = dialect.rowDelimiter;
  for (let start = 0; start < text.length; ) {
    const end = rowEnd(text, start, dialect);
    if (end > start) rows.push({ start, end });
    start = end + delimiterLength;
  }
  return rows;
}

function rowEnd(
  text: Uint8Array,
  start: number,
  { rowDelimiter, columnSeparator, enclose, escape, trimSpace }: CsvDialect,
): number {
  if (enclose === undefined && escape === undefined) return indexOf(text, rowDelimiter, start);
  let atFieldStart = true;
  for (let at = start; at < text.length; ) {
    const byte = text[at] as number;
    if (atFieldStart && byte === enclose) {
      at = enclosedEnd(text, at, enclose, escape);
      atFieldStart = false;
    } else if (byte === escape) {
      at += 2;
      atFieldStart = false;
    } else if (startsWith(text, at, rowDelimiter)) {
      return at;
    } else if (startsWith(text, at, columnSeparator)) {
      at += columnSeparator.length;
      atFieldStart = true;
    } else {
      at++;
      atFieldStart &&= trimSpace && byte === SPACE;
    }
  }
  return text.length;
}

/** Behind the enclosing byte that ends the field. */
function enclosedEnd(text: Uint8Array, start: number, enclose: number, escape: number | undefined): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === escape) at++;
    else if (text[at] === enclose) {
      if (text[at + 1] !== enclose) return at + 1;
      at++;
    }
  }
  throw new RowError('its value has an enclosed field that does not end');
}

/**
 * A row's fields as CSV text, in the order of `columns`. What is not in the row is NULL.
 *
 * @throws RowError when a field holds what would end it and nothing is there to enclose it with.
 */
function csvRow(row: Readonly<Record<string, unknown>>, fields: readonly string[], dialect: CsvDialect): string {
  return fields
    .map((name) => {
      const value = Object.hasOwn(row, name) ? row[name] : null;
      if (value === null || value === undefined) return NULL_FIELD;
      return csvField(typeof value === 'string' ? value : (jsonText(value) ?? ''), name, fields.length === 1, dialect);
    })
    .join(Buffer.from(dialect.columnSeparator).toString('utf8'));
}

function csvField(text: string, name: string, isOnly: boolean, dialect: CsvDialect): string {
  if (!needsEnclosing(text, isOnly, dialect)) return text;
  const { enclose, escape } = dialect;
  if (enclose === undefined) {
    throw new RowError(
      `its value cannot be written as CSV: its field ${JSON.stringify(name)} holds a separator, a delimiter or what means NULL. Set sink.properties.enclose (starrocks.properties.enclose), such as ", or load JSON`,
    );
  }
  const mark = String.fromCharCode(enclose);
  const escapeMark = escape === undefined || escape === enclose ? undefined : String.fromCharCode(escape);
  const escaped = escapeMark === undefined ? text : text.replaceAll(escapeMark, escapeMark + escapeMark);
  return mark + escaped.replaceAll(mark, mark + mark) + mark;
}

function needsEnclosing(
  text: string,
  isOnly: boolean,
  { columnSeparator, rowDelimiter, enclose, escape, trimSpace }: CsvDialect,
): boolean {
  if (text === NULL_FIELD || (text === '' && isOnly)) return true;
  if (trimSpace && text.trim() !== text) return true;
  const bytes = Buffer.from(text);
  const marks = [enclose, escape].flatMap((byte) => (byte === undefined ? [] : [Buffer.of(byte)]));
  return [Buffer.from(columnSeparator), Buffer.from(rowDelimiter), ...marks].some((mark) => bytes.includes(mark));
}

function indexOf(text: Uint8Array, wanted: Uint8Array, from: number): number {
  const at = asBuffer(text).indexOf(wanted, from);
  return at === -1 ? text.length : at;
}

function startsWith(text: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) if (text[at + index] !== wanted[index]) return false;
  return true;
}
