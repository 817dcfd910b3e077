import { type TimeZone } from '../../core/time-zone.ts';

const NANOS_PER_SECOND = 1_000_000_000;
const SECONDS_PER_DAY = 86_400;
const MS_PER_DAY = 86_400_000;
/** 0000-01-01 and 9999-12-31 in days: what StarRocks' DATE and DATETIME reach. */
const FIRST_DAY = -719_528;
const LAST_DAY = 2_932_896;

/** Digits of a second that one unit counts: milliseconds, microseconds or nanoseconds. */
export type FractionDigits = 3 | 6 | 9;

/** A moment that StarRocks' DATE or DATETIME cannot hold. */
export class OutOfRangeError extends RangeError {
  constructor(what: string) {
    super(`${what} is outside of 0000-01-01 to 9999-12-31, which DATE and DATETIME can hold`);
    this.name = 'OutOfRangeError';
  }
}

/** Days since 1970-01-01 as `2024-05-01`. */
export function dateText(days: number): string {
  if (days < FIRST_DAY || days > LAST_DAY) throw new OutOfRangeError(`The day ${days} after 1970-01-01`);
  return new Date(days * MS_PER_DAY).toISOString().slice(0, 10);
}

/** Units since midnight as `17:03:00.500`; below 0 and over 24 hours too, as MySQL's TIME has them. */
export function timeText(units: number | bigint, digits: FractionDigits): string {
  const { seconds, nanos } = split(units < 0 ? -units : units, digits);
  return `${units < 0 ? '-' : ''}${clockText(seconds)}${fraction(nanos)}`;
}

/** Units since the epoch as `2024-05-01 17:03:00.500`; in a time zone when they are a moment and not a local date and time. */
export function dateTimeText(units: number | bigint, digits: FractionDigits, zone?: TimeZone): string {
  const { seconds, nanos } = split(units, digits);
  const local = seconds + (zone?.offsetSeconds(seconds) ?? 0);
  const day = Math.floor(local / SECONDS_PER_DAY);
  if (day < FIRST_DAY || day > LAST_DAY) throw new OutOfRangeError(`The time ${units} (10^-${digits} s since 1970)`);
  return `${knownDateText(day)} ${clockText(local - day * SECONDS_PER_DAY)}${fraction(nanos)}`;
}

/** Moments come in days: the text of a date takes longer to write than to remember. */
const dateTexts = new Map<number, string>();
const MAX_DATE_TEXTS = 1_000;

function knownDateText(day: number): string {
  let text = dateTexts.get(day);
  if (text === undefined) {
    text = dateText(day);
    if (dateTexts.size >= MAX_DATE_TEXTS) dateTexts.clear();
    dateTexts.set(day, text);
  }
  return text;
}

/** `17:03:00`, with as many hours as there are. */
function clockText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
}

function twoDigits(part: number): string {
  return part < 10 ? `0${part}` : String(part);
}

function split(units: number | bigint, digits: FractionDigits): { seconds: number; nanos: number } {
  const perSecond = 10 ** digits;
  const nanosPerUnit = NANOS_PER_SECOND / perSecond;
  if (typeof units === 'number') {
    const seconds = Math.floor(units / perSecond);
    return { seconds, nanos: (units - seconds * perSecond) * nanosPerUnit };
  }
  const rest = Number(units % BigInt(perSecond));
  const nanos = (rest < 0 ? rest + perSecond : rest) * nanosPerUnit;
  return { seconds: Number(units / BigInt(perSecond)) - (rest < 0 ? 1 : 0), nanos };
}

/** Nothing, or 3, 6 or 9 digits: as many as are needed. */
function fraction(nanos: number): string {
  if (nanos === 0) return '';
  const digits = String(nanos).padStart(9, '0');
  if (digits.endsWith('000000')) return `.${digits.slice(0, 3)}`;
  return digits.endsWith('000') ? `.${digits.slice(0, 6)}` : `.${digits}`;
}
