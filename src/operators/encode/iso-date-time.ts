import { type TimeZone } from '../../core/time-zone.ts';
import { dateTimeText } from './temporal-text.ts';

const ISO_TIMESTAMP =
  /^([+-]?\d{4,})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?(?::?\d\d)?)?$/;

/**
 * ISO 8601 as DATETIME has it: StarRocks would read the digits and drop the offset. Without a zone the text's own clock
 * counts. Text in another form, such as PostgreSQL's `infinity`, is left for StarRocks to judge.
 *
 * @throws OutOfRangeError for a moment that DATETIME cannot hold.
 */
export function isoDateTime(text: string, zone?: TimeZone): string {
  const parts = ISO_TIMESTAMP.exec(text);
  if (!parts) return text;
  const [, year, month, day, hour, minute, second = '00', fraction = '', offset = 'Z'] = parts;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  const seconds = BigInt(date.getTime() / 1000 - (zone ? offsetSeconds(offset) : 0));
  return dateTimeText(seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')), 9, zone);
}

function offsetSeconds(offset: string): number {
  if (offset === 'Z') return 0;
  const [hours = 0, minutes = 0, seconds = 0] = (offset.slice(1).match(/\d\d/g) ?? []).map(Number);
  const ahead = (hours * 60 + minutes) * 60 + seconds;
  return offset.startsWith('-') ? -ahead : ahead;
}
