import { TextReader } from './text-reader.ts';

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
const HALVES = ['AM', 'PM'] as const;
const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
/** A year of two digits is at most this long ago. */
const CENTURY_STARTS_YEARS_AGO = 80;

type Letter = 'y' | 'M' | 'L' | 'd' | 'D' | 'E' | 'u' | 'a' | 'H' | 'k' | 'K' | 'h' | 'm' | 's' | 'S' | 'z' | 'Z' | 'X';
const LETTERS = 'yMLdDEuaHkKhmsSzZX';

/** A letter so many times, or text that stands for itself. */
type Piece = { readonly letter: Letter; readonly count: number } | { readonly text: string };

/** What was read: parts of a date, each as far as it was there. */
interface Parts {
  year: number;
  yearHasTwoDigits: boolean;
  month: number;
  day: number;
  dayOfYear: number | undefined;
  /** Of the day, or of its half. */
  hour: number;
  half: number;
  minute: number;
  second: number;
  millisecond: number;
  /** Milliseconds that the clock is ahead of UTC. */
  zone: number;
}

/**
 * Java's SimpleDateFormat in UTC, English and lenient, as Kafka Connect's transforms use it: a month 13 is the next year's
 * January, `S` is a number of milliseconds, letters that touch are told apart by how many there are, and what follows the
 * date is not looked at, nor is a weekday. Unlike in Java, days before 1582-10-15 are of the same calendar.
 */
export class SimpleDateFormat {
  readonly pattern: string;
  readonly #pieces: readonly Piece[];

  /** @throws SyntaxError for a pattern that cannot be read, or has a letter that isn't known here. */
  constructor(pattern: string) {
    this.pattern = pattern;
    this.#pieces = piecesOf(pattern);
  }

  /** @param ms - since the epoch. */
  format(ms: number): string {
    const date = new Date(ms);
    let text = '';
    for (const piece of this.#pieces) text += 'text' in piece ? piece.text : formatted(piece.letter, piece.count, date);
    return text;
  }

  /** @returns milliseconds since the epoch; undefined when the text does not match the pattern. */
  parse(text: string): number | undefined {
    const reader = new TextReader(text);
    const parts: Parts = {
      year: 1970,
      yearHasTwoDigits: false,
      month: 0,
      day: 1,
      dayOfYear: undefined,
      hour: 0,
      half: 0,
      minute: 0,
      second: 0,
      millisecond: 0,
      zone: 0,
    };
    for (const [index, piece] of this.#pieces.entries()) {
      if ('text' in piece) {
        if (!reader.literal(piece.text)) return undefined;
        continue;
      }
      const next = this.#pieces[index + 1];
      const digits = next !== undefined && !('text' in next) ? piece.count : undefined;
      if (!read(reader, piece.letter, piece.count, digits, parts)) return undefined;
    }
    const ms = moment(parts);
    // In the first year of the century only what is after today is in it.
    return parts.yearHasTwoDigits && ms < centuryStart() ? moment({ ...parts, year: parts.year + 100 }) : ms;
  }
}

function piecesOf(pattern: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const [all, quoted, letters] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g)) {
    if (all === "'") throw new SyntaxError('Unterminated quote');
    if (letters === undefined)
      addText(pieces, quoted === undefined ? all : quoted === '' ? "'" : quoted.replaceAll("''", "'"));
    else pieces.push({ letter: letterOf(letters, all.length), count: all.length });
  }
  return pieces;
}

function addText(pieces: Piece[], text: string): void {
  const last = pieces.at(-1);
  if (last !== undefined && 'text' in last) pieces[pieces.length - 1] = { text: last.text + text };
  else pieces.push({ text });
}

function letterOf(letter: string, count: number): Letter {
  if ('GYwWF'.includes(letter)) throw new SyntaxError(`The pattern character '${letter}' is not known here`);
  if (!isLetter(letter)) throw new SyntaxError(`Illegal pattern character '${letter}'`);
  if (letter === 'X' && count > 3) throw new SyntaxError(`invalid ISO 8601 format: length=${count}`);
  return letter;
}

function isLetter(text: string): text is Letter {
  return LETTERS.includes(text);
}

function formatted(letter: Letter, count: number, date: Date): string {
  const hours = date.getUTCHours();
  switch (letter) {
    case 'y': {
      const year = date.getUTCFullYear();
      return padded(count === 2 ? year % 100 : year, count);
    }
    case 'M':
    case 'L':
      return count < 3 ? padded(date.getUTCMonth() + 1, count) : name(MONTHS, date.getUTCMonth(), count);
    case 'd':
      return padded(date.getUTCDate(), count);
    case 'D':
      return padded(dayOfYear(date), count);
    case 'E':
      return name(DAYS, date.getUTCDay(), count);
    case 'u':
      return padded(((date.getUTCDay() + 6) % 7) + 1, count);
    case 'a':
      return HALVES[hours < 12 ? 0 : 1];
    case 'H':
      return padded(hours, count);
    case 'k':
      return padded(hours === 0 ? 24 : hours, count);
    case 'K':
      return padded(hours % 12, count);
    case 'h':
      return padded(hours % 12 === 0 ? 12 : hours % 12, count);
    case 'm':
      return padded(date.getUTCMinutes(), count);
    case 's':
      return padded(date.getUTCSeconds(), count);
    case 'S':
      return padded(date.getUTCMilliseconds(), count);
    case 'z':
      return count < 4 ? 'UTC' : 'Coordinated Universal Time';
    case 'Z':
      return '+0000';
    case 'X':
      return 'Z';
  }
}

function padded(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

function name(names: readonly string[], index: number, count: number): string {
  const full = names[index] ?? '';
  return count < 4 ? full.slice(0, 3) : full;
}

function dayOfYear(date: Date): number {
  const newYear = Date.UTC(2000, 0, 1);
  const start = new Date(newYear).setUTCFullYear(date.getUTCFullYear());
  return Math.floor((date.getTime() - start) / MS_PER_DAY) + 1;
}

/** Reads one letter's part; `digits` is how many it has to have when another letter follows at once. */
function read(reader: TextReader, letter: Letter, count: number, digits: number | undefined, parts: Parts): boolean {
  reader.skipSpaces();
  switch (letter) {
    case 'z':
    case 'Z':
    case 'X': {
      const minutes = reader.zone(letter === 'X' ? count : undefined);
      if (minutes === undefined) return false;
      parts.zone = minutes * MS_PER_MINUTE;
      return true;
    }
    case 'E':
      return reader.nameOf(DAYS) !== undefined;
    case 'a': {
      const half = reader.nameOf(HALVES);
      if (half === undefined) return false;
      parts.half = half;
      return true;
    }
    case 'M':
    case 'L':
      if (count >= 3) {
        const month = reader.nameOf(MONTHS);
        if (month === undefined) return false;
        parts.month = month;
        return true;
      }
      break;
    default:
  }
  const start = reader.position;
  const value = reader.integer(digits);
  if (value === undefined) return false;
  const isShortYear = letter === 'y' && count <= 2 && reader.isTwoDigits(start);
  if (isShortYear) parts.yearHasTwoDigits = true;
  setNumber(letter, isShortYear ? inCentury(value) : value, parts);
  return true;
}

function setNumber(letter: Letter, value: number, parts: Parts): void {
  switch (letter) {
    case 'y':
      parts.year = value;
      break;
    case 'M':
    case 'L':
      parts.month = value - 1;
      parts.dayOfYear = undefined;
      break;
    case 'd':
      parts.day = value;
      parts.dayOfYear = undefined;
      break;
    case 'D':
      parts.dayOfYear = value;
      break;
    case 'H':
    case 'K':
      parts.hour = value;
      break;
    case 'k':
      parts.hour = value === 24 ? 0 : value;
      break;
    case 'h':
      parts.hour = value === 12 ? 0 : value;
      break;
    case 'm':
      parts.minute = value;
      break;
    case 's':
      parts.second = value;
      break;
    case 'S':
      parts.millisecond = value;
      break;
    default:
  }
}

/** The year of two digits that is less than 80 years ago or less than 20 ahead. */
function inCentury(year: number): number {
  const first = new Date(centuryStart()).getUTCFullYear();
  const inFirst = Math.floor(first / 100) * 100 + year;
  return inFirst < first ? inFirst + 100 : inFirst;
}

function centuryStart(): number {
  const now = new Date();
  return now.setUTCFullYear(now.getUTCFullYear() - CENTURY_STARTS_YEARS_AGO);
}

function moment(parts: Parts): number {
  const { year, month, day, dayOfYear, hour, half, minute, second, millisecond, zone } = parts;
  const date = new Date(0);
  if (dayOfYear === undefined) date.setUTCFullYear(year, month, day);
  else date.setUTCFullYear(year, 0, dayOfYear);
  return date.setUTCHours(hour + half * 12, minute, second, millisecond) - zone;
}
