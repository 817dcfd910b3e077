interface DateParts {
  readonly date: string;
  readonly time: string;
}

const USUAL = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z?)?$/;

/** `text` as a DATETIME literal, by the rules of StarRocks' time_types.cpp; undefined when it is none. */
export function toDateTime(text: string): string | undefined {
  const parts = parse(text);
  return parts === undefined ? undefined : `${parts.date} ${parts.time}`;
}

/** DATE columns take DATETIME text and drop the time. */
export function toDate(text: string): string | undefined {
  return parse(text)?.date;
}

function parse(text: string): DateParts | undefined {
  const trimmed = text.trim();
  const usual = USUAL.exec(trimmed);
  if (usual === null) return parseFields(trimmed);
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00', fraction = ''] = usual;
  return build([Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second)], fraction);
}

/**
 * The general parser: fields between any punctuation, or one run of digits. Offsets such as +08:00 end the scan and are dropped,
 * as are fraction digits beyond six.
 */
function parseFields(text: string): DateParts | undefined {
  const run = /^[\dT]*/.exec(text)?.[0].length ?? 0;
  const compact = run === text.length || text.charAt(run) === '.';
  const yearLength = !compact || run === 4 || run === 8 || run >= 14 ? (compact ? 4 : run) : 2;
  const fields: number[] = [];
  let fraction = '';
  let position = 0;
  while (fields.length < 7 && isDigitAt(text, position)) {
    const width = fields.length === 0 ? yearLength : fields.length === 6 ? 6 : 2;
    const digits = takeDigits(text, position, compact || fields.length === 6 ? width : Infinity);
    position += digits.length;
    if (digits.length > 6) return undefined;
    if (fields.length === 6) fraction = digits;
    fields.push(Number(digits));
    const next = skipSeparators(text, position, fields.length);
    if (next === undefined) break;
    position = next;
  }
  if (fields.length < 3) return undefined;
  if (yearLength === 2) fields[0] = shortYear(fields[0] ?? 0);
  return build(fields, fraction);
}

/** The position of the next field, or undefined when nothing after this one counts. */
function skipSeparators(text: string, position: number, fieldsRead: number): number | undefined {
  if (fieldsRead === 6) return text.charAt(position) === '.' ? position + 1 : undefined;
  if (fieldsRead === 3 && text.charAt(position) === 'T') return position + 1;
  let next = position;
  while (next < text.length && /[^\p{L}\p{N}]/u.test(text.charAt(next))) next++;
  return next;
}

function takeDigits(text: string, start: number, most: number): string {
  let end = start;
  while (end - start < most && isDigitAt(text, end)) end++;
  return text.slice(start, end);
}

function isDigitAt(text: string, position: number): boolean {
  const code = text.charCodeAt(position);
  return code >= 0x30 && code <= 0x39;
}

function shortYear(year: number): number {
  return year < 70 ? year + 2000 : year + 1900;
}

function build(fields: readonly number[], fraction: string): DateParts | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  if (year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const clock = [hour, minute, second].map(two).join(':');
  return {
    date: `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`,
    time: /[1-9]/.test(fraction) ? `${clock}.${fraction.padEnd(6, '0')}` : clock,
  };
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
