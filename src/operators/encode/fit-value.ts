import { type ColumnType, columnTypeText } from '../../core/column-type.ts';
import { integer } from '../../core/connect-data.ts';
import { Decimal } from '../../core/decimal.ts';
import { NumberText } from '../../core/number-text.ts';
import { type TimeZone } from '../../core/time-zone.ts';
import { isoDateTime } from './iso-date-time.ts';

/** A value that its column would hold as something else. */
export class MisfitError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'MisfitError';
  }
}

/** Makes a value one that StarRocks stores as it is. Null never comes here. */
export type Fit = (value: unknown) => unknown;

const DATE = /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?\s*$/;
const WITH_OFFSET = /^\d{4,}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)$/;
/** 20240501 and 20240501170300; StarRocks reads numbers of other lengths as years of two digits, or not at all. */
const DATE_DIGITS = /^\d{8}(?:\d{6})?$/;
const DATE_LENGTH = 10;
const DASH = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
/** 10:11:12 would be 2010-11-12. */
const CLOCK = /^[+-]?\d+:\d/;
const FLOAT_LIMIT = 3.402_823_466_385_288_6e38;

/**
 * How values go into a column of this type. StarRocks refuses by itself what is no value of the type, and is left to do
 * so: this is for what it would change without a word. It cuts fractions for integers, takes any number but 0 for true,
 * drops a DATE's time, a DATETIME's offset and nanoseconds, and turns what doesn't fit inside of an ARRAY, MAP or STRUCT
 * into NULL.
 *
 * A double goes into DECIMAL, FLOAT and DOUBLE as the nearest number that they have: it is an approximation already.
 *
 * @param zone - where the clocks of DATETIME columns stand.
 * @returns undefined where StarRocks stores or refuses every value.
 */
export function fitOf(type: ColumnType, zone: TimeZone): Fit | undefined {
  switch (type.kind) {
    case 'boolean':
      return fitBoolean;
    case 'integer':
      return fitInteger;
    case 'float':
    case 'double':
      return refuseBytes;
    case 'decimal':
      return (value) => fitDecimal(value, type.scale);
    case 'date':
      return (value) => fitDate(value, zone);
    case 'datetime':
      return (value) => fitDateTime(value, zone);
    case 'varbinary':
      return fitBinary;
    case 'array': {
      const fit = innerFit(type.element, zone);
      return (value) => (Array.isArray(value) ? value.map((one, index) => within(`[${index}]`, fit, one)) : value);
    }
    case 'map':
      return fitMap(type, zone);
    case 'struct':
      return fitStruct(type, zone);
    default:
      return undefined;
  }
}

function fitBoolean(value: unknown): unknown {
  if (typeof value === 'boolean') return value;
  refuseBytes(value);
  const digits = digitsOf(value);
  if (digits === undefined || !Decimal.parse(digits)) return value;
  const number = Number(digits);
  if (number === 0 || number === 1) return number === 1;
  throw new MisfitError(`${digits} would become true`);
}

/** A number that is whole goes as its digits: StarRocks reads `1e3` and `12.00` as doubles, which drops digits of long ones. */
function fitInteger(value: unknown): unknown {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  refuseBytes(value);
  const digits = digitsOf(value);
  if (digits === undefined || /^[+-]?\d+$/.test(digits)) return value;
  const decimal = Decimal.parse(digits);
  if (!decimal) return value;
  const whole = wholeOf(decimal);
  if (whole === undefined) throw new MisfitError(`${digits} would lose its fraction`);
  return integer(whole);
}

function wholeOf({ unscaled, scale }: Decimal): bigint | undefined {
  if (scale <= 0) return unscaled * 10n ** BigInt(-scale);
  const unit = 10n ** BigInt(scale);
  return unscaled % unit === 0n ? unscaled / unit : undefined;
}

function fitDecimal(value: unknown, scale: number): unknown {
  // A double has no decimal digits to keep.
  if (typeof value === 'number') return value;
  refuseBytes(value);
  const digits = digitsOf(value);
  const decimal = digits === undefined ? undefined : Decimal.parse(digits);
  if (!decimal || decimal.scale <= scale) return value;
  const kept = 10n ** BigInt(decimal.scale - scale);
  if (decimal.unscaled % kept === 0n) return value;
  throw new MisfitError(`${digits} has more than ${scale} digits after the point`);
}

function fitDate(value: unknown, zone: TimeZone): unknown {
  if (typeof value === 'string' && value.length === DATE_LENGTH && hasDateDashes(value)) return value;
  const text = dateDigits(value);
  if (text === undefined) return value;
  const local = localText(text, zone);
  const time = DATE.exec(local)?.slice(4).join('') ?? /^\d{8}(\d{6})$/.exec(local)?.[1] ?? '';
  if (/[1-9]/.test(time)) throw new MisfitError(`${JSON.stringify(text)} would lose its time`);
  return local === text ? value : local;
}

function fitDateTime(value: unknown, zone: TimeZone): unknown {
  if (typeof value === 'string' && isUsualDateTime(value)) return value;
  const text = dateDigits(value);
  if (text === undefined) return value;
  const local = localText(text, zone);
  const fraction = DATE.exec(local)?.[7] ?? '';
  if (/[1-9]/.test(fraction.slice(6))) throw new MisfitError(`${JSON.stringify(text)} would lose its nanoseconds`);
  return local === text ? value : local;
}

/**
 * The forms that converters write, known by their marks alone, because nearly every date is one of them. Anything that
 * cannot be one of them has another length, or a sign of its offset where these have digits.
 */
function isUsualDateTime(text: string): boolean {
  if (!hasDateDashes(text)) return false;
  switch (text.length) {
    case DATE_LENGTH:
      return true;
    case 19:
      return hasClockMarks(text);
    case 23:
      return hasClockMarks(text) && text.charCodeAt(19) === POINT && isDigit(text.charCodeAt(20));
    case 26:
      return (
        hasClockMarks(text) && text.charCodeAt(19) === POINT && [20, 21, 23].every((at) => isDigit(text.charCodeAt(at)))
      );
    default:
      return false;
  }
}

function hasDateDashes(text: string): boolean {
  return text.charCodeAt(4) === DASH && text.charCodeAt(7) === DASH && isDigit(text.charCodeAt(text.length - 1));
}

function hasClockMarks(text: string): boolean {
  return text.charCodeAt(13) === COLON && text.charCodeAt(16) === COLON;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** A moment as the clocks of DATETIME columns show it; a text without an offset is theirs already. */
function localText(text: string, zone: TimeZone): string {
  return WITH_OFFSET.test(text) ? isoDateTime(text, zone) : text;
}

/** The text that StarRocks would read as a date; undefined for what it refuses. */
function dateDigits(value: unknown): string | undefined {
  refuseBytes(value);
  const digits = value instanceof Date ? value.toISOString() : digitsOf(value);
  if (digits === undefined) return undefined;
  if (typeof value === 'string' || value instanceof Date ? CLOCK.test(digits) : !DATE_DIGITS.test(digits)) {
    throw new MisfitError(`${digits} is no date, though StarRocks reads some that look like it as one`);
  }
  return digits;
}

function fitBinary(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  throw new MisfitError(
    `its bytes would become their base64 text, because JSON has no bytes. Give the table properties that decode it, such as jsonpaths ["$.id", "$.b"] and columns id, b64, b = to_binary(b64, 'encode64')`,
  );
}

/** Base64 could be read as a number or a date. */
function refuseBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) throw new MisfitError('bytes are no value of it');
  return value;
}

/** The text of a number or of a text, in which StarRocks would look for one; undefined for anything else. */
function digitsOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.trim();
    case 'number':
    case 'bigint':
      return String(value);
    default:
      return value instanceof Decimal || value instanceof NumberText ? value.toString() : undefined;
  }
}

type Members = readonly (readonly [key: unknown, member: unknown])[];

function membersOf(value: unknown): Members | undefined {
  if (value instanceof Map) return [...(value as ReadonlyMap<unknown, unknown>)];
  return isPlain(value) ? Object.entries(value) : undefined;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array || value instanceof Decimal || value instanceof NumberText)
  );
}

function fitMap({ key, value: member }: ColumnType & { kind: 'map' }, zone: TimeZone): Fit {
  const fitKey = innerFit(key, zone);
  const fit = innerFit(member, zone);
  return (value) => {
    const members = membersOf(value);
    if (!members) return value;
    return new Map(
      members.map(([name, inner]) => [
        String(within(`the key ${String(name)}`, fitKey, name)),
        within(`["${String(name)}"]`, fit, inner),
      ]),
    );
  };
}

function fitStruct({ fields }: ColumnType & { kind: 'struct' }, zone: TimeZone): Fit {
  const fits = new Map(fields.map(({ name, type }) => [name, innerFit(type, zone)]));
  return (value) => {
    const members = membersOf(value);
    if (!members) return value;
    // Fields that the column lacks are left out, as those that the table lacks are; but not all that there is.
    if (members.length > 0 && !members.some(([name]) => fits.has(String(name)))) {
      throw new MisfitError(`it has none of the fields ${fields.map(({ name }) => name).join(', ')}`);
    }
    return new Map(
      members.map(([name, inner]) => {
        const fit = fits.get(String(name));
        return [name, fit ? within(`.${String(name)}`, fit, inner) : inner];
      }),
    );
  };
}

function within(place: string, fit: Fit, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  try {
    return fit(value);
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    throw new MisfitError(`at ${place}: ${error.message}`);
  }
}

/** What StarRocks would refuse in a column it turns into NULL inside of one. */
function innerFit(type: ColumnType, zone: TimeZone): Fit {
  const fit = fitOf(type, zone);
  return (value) => {
    const fitted = fit ? fit(value) : value;
    if (canHold(type, fitted)) return fitted;
    throw new MisfitError(`${shown(value)} is no ${columnTypeText(type)} and would become NULL`);
  };
}

/** Whether a column of this type can hold a value as StarRocks reads it. Null never comes here. */
export function canHold(type: ColumnType, value: unknown): boolean {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean' || (typeof value === 'string' && /^\s*(true|false)\s*$/i.test(value));
    case 'integer':
      return isIntegerOf(digitsOf(value), type.bits);
    case 'float':
      return isNumber(value) && Math.abs(Number(value)) <= FLOAT_LIMIT;
    case 'double':
      return isNumber(value);
    case 'decimal':
      return fitsDecimal(digitsOf(value), type.precision, type.scale);
    case 'date':
    case 'datetime':
      return isDate(digitsOf(value));
    case 'text':
      return typeof value !== 'string' || Buffer.byteLength(value) <= type.length;
    case 'array':
      return Array.isArray(value);
    case 'map':
    case 'struct':
      return membersOf(value) !== undefined;
    default:
      return true;
  }
}

function isIntegerOf(digits: string | undefined, bits: number): boolean {
  if (digits === undefined || !/^[+-]?\d{1,60}$/.test(digits)) return false;
  const value = BigInt(digits.replace(/^\+/, ''));
  return BigInt.asIntN(bits, value) === value;
}

function isNumber(value: unknown): boolean {
  const digits = digitsOf(value);
  return digits !== undefined && Decimal.parse(digits) !== undefined && Number.isFinite(Number(digits));
}

/** Rounded to the scale, as StarRocks rounds a double. */
function fitsDecimal(digits: string | undefined, precision: number, scale: number): boolean {
  const decimal = digits === undefined ? undefined : Decimal.parse(digits);
  if (!decimal) return false;
  const { unscaled } = decimal;
  const magnitude = unscaled < 0n ? -unscaled : unscaled;
  const shift = scale - decimal.scale;
  const unit = 10n ** BigInt(Math.abs(shift));
  return (shift >= 0 ? magnitude * unit : (magnitude + unit / 2n) / unit) < 10n ** BigInt(precision);
}

function isDate(text: string | undefined): boolean {
  if (text === undefined) return false;
  const parts = DATE.exec(text) ?? /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/.exec(text);
  if (!parts) return false;
  const fields: readonly (string | undefined)[] = parts.slice(1, 7);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map((field) => Number(field ?? 0));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
}

/** A value as it may stand in a message: short. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : (digitsOf(value) ?? (Array.isArray(value) ? 'an array' : typeof value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
