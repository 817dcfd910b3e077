import { type ConnectValue, integer, type Struct } from '../../core/connect-data.ts';
import { Decimal } from '../../core/decimal.ts';
import { type TimeZone } from '../../core/time-zone.ts';
import { readJson } from '../json/read-json.ts';
import { isoDateTime } from './iso-date-time.ts';
import { dateText, dateTimeText, type FractionDigits, timeText } from './temporal-text.ts';
import { type ToRow } from './to-row.ts';

/** What one of Debezium's types stands for in a row; undefined for a type whose values stand for themselves. */
export function debeziumRow(name: string, zone: TimeZone): ToRow | undefined {
  switch (name) {
    case 'io.debezium.time.Date':
      return (value) => dateText(value as number);
    case 'io.debezium.time.Time':
      return (value) => timeText(value as number, 3);
    case 'io.debezium.time.MicroTime':
      return (value) => timeText(value as number | bigint, 6);
    case 'io.debezium.time.NanoTime':
      return (value) => timeText(value as number | bigint, 9);
    // Local dates and times: they were written as if they were UTC, and no zone applies.
    case 'io.debezium.time.Timestamp':
      return localDateTime(3);
    case 'io.debezium.time.MicroTimestamp':
      return localDateTime(6);
    case 'io.debezium.time.NanoTimestamp':
      return localDateTime(9);
    case 'io.debezium.time.ZonedTimestamp':
      return (value) => isoDateTime(value as string, zone);
    case 'io.debezium.time.IsoTimestamp':
      return (value) => isoDateTime(value as string);
    case 'io.debezium.time.IsoDate':
      return (value) => (value as string).replace(/Z$/, '');
    case 'io.debezium.data.VariableScaleDecimal':
      return variableScaleDecimal;
    case 'io.debezium.data.Json':
      return json;
    case 'io.debezium.data.Bits':
      return (value) => bits(value as Uint8Array);
    default:
      return undefined;
  }
}

function localDateTime(digits: FractionDigits): ToRow {
  return (value) => dateTimeText(value as number | bigint, digits);
}

/** PostgreSQL's NUMERIC without a scale: each value brings its own. */
function variableScaleDecimal(value: ConnectValue): unknown {
  const { scale, value: unscaled } = value as Struct;
  return unscaled instanceof Uint8Array ? Decimal.fromBytes(unscaled, Number(scale)) : value;
}

/** As the JSON it is, for a JSON column; a text column gets the same characters but for the spaces between them. */
function json(value: ConnectValue): unknown {
  const text = value as string;
  try {
    return readJson(text);
  } catch {
    // Debezium's mark for a value that it doesn't have is no JSON.
    return text;
  }
}

/** The bits as a number; their bytes come in the opposite order of all others. */
function bits(value: Uint8Array): number | bigint {
  const hex = Buffer.from(value).reverse().toString('hex');
  return integer(BigInt(`0x${hex || '0'}`));
}
