import { describe, expect, it } from 'vitest';
import { type ConnectSchema, INSTANT, LOGICAL, type PrimitiveType } from '../../../../src/core/connect-data.ts';
import { columnTypeOf } from '../../../../src/operators/encode/column-types.ts';
import { typeText } from '../../../../src/sinks/starrocks/table-ddl.ts';

function primitive(type: PrimitiveType, name?: string, parameters?: Record<string, string>): ConnectSchema {
  return { type, optional: true, ...(name !== undefined && { name }), ...(parameters && { parameters }) };
}

const decimal = (parameters: Record<string, string>): ConnectSchema => primitive('bytes', LOGICAL.decimal, parameters);
const array = (items: ConnectSchema | null): ConnectSchema => ({ type: 'array', optional: false, items });
const TEXT = 'VARCHAR(1048576)';

describe('the column for values of a schema', () => {
  it.each<[string, ConnectSchema, string]>([
    ['int8', primitive('int8'), 'TINYINT'],
    ['int16', primitive('int16'), 'SMALLINT'],
    ['int32', primitive('int32'), 'INT'],
    ['int64', primitive('int64'), 'BIGINT'],
    ['float32', primitive('float32'), 'FLOAT'],
    ['float64', primitive('float64'), 'DOUBLE'],
    ['boolean', primitive('boolean'), 'BOOLEAN'],
    ['string', primitive('string'), TEXT],
    ['bytes, which rows have as base64', primitive('bytes'), TEXT],
    ['Date', primitive('int32', LOGICAL.date), 'DATE'],
    ['Time', primitive('int32', LOGICAL.time), TEXT],
    ['Timestamp', primitive('int64', LOGICAL.timestamp), 'DATETIME'],
    ['microseconds', primitive('int64', INSTANT.micros), 'DATETIME'],
    ['nanoseconds, which DATETIME has not', primitive('int64', INSTANT.nanos), TEXT],
    ['a decimal', decimal({ scale: '2', 'connect.decimal.precision': '10' }), 'DECIMAL(10,2)'],
    ['a decimal of nobody knows how many digits', decimal({ scale: '4' }), 'DECIMAL(38,4)'],
    ['a decimal that may have any scale', decimal({ scale: '0' }), TEXT],
    ['a whole decimal', decimal({ scale: '0', 'connect.decimal.precision': '20' }), 'DECIMAL(20,0)'],
    ['whole thousands', decimal({ scale: '-3', 'connect.decimal.precision': '5' }), 'DECIMAL(8,0)'],
    ['a decimal of small numbers', decimal({ scale: '6', 'connect.decimal.precision': '4' }), 'DECIMAL(6,6)'],
    ['a decimal that is too wide', decimal({ scale: '2', 'connect.decimal.precision': '39' }), TEXT],
    ['a scale that is too wide', decimal({ scale: '39' }), TEXT],
    ["Debezium's date", primitive('int32', 'io.debezium.time.Date'), 'DATE'],
    ["Debezium's time of day", primitive('int64', 'io.debezium.time.MicroTime'), TEXT],
    ["Debezium's local time", primitive('int64', 'io.debezium.time.MicroTimestamp'), 'DATETIME'],
    ["Debezium's moment", primitive('string', 'io.debezium.time.ZonedTimestamp'), 'DATETIME'],
    ["Debezium's JSON", primitive('string', 'io.debezium.data.Json'), 'JSON'],
    ["Debezium's UUID", primitive('string', 'io.debezium.data.Uuid'), TEXT],
    ["Debezium's enum", primitive('string', 'io.debezium.data.Enum', { allowed: 'a,b' }), TEXT],
    ["Debezium's year", primitive('int32', 'io.debezium.time.Year'), 'INT'],
    ['63 bits', primitive('bytes', 'io.debezium.data.Bits', { length: '63' }), 'BIGINT'],
    ['64 bits', primitive('bytes', 'io.debezium.data.Bits', { length: '64' }), 'LARGEINT'],
    ['more bits', primitive('bytes', 'io.debezium.data.Bits', { length: '128' }), TEXT],
    [
      'a decimal with its own scale',
      { type: 'struct', optional: true, name: 'io.debezium.data.VariableScaleDecimal', fields: [] },
      TEXT,
    ],
    ['a name that is nobody’s', primitive('int32', 'constructor'), 'INT'],
    ['a struct', { type: 'struct', optional: false, fields: [] }, 'JSON'],
    ['a map', { type: 'map', optional: false, keys: primitive('string'), values: primitive('int32') }, 'JSON'],
    ['an array', array(primitive('int64')), 'ARRAY<BIGINT>'],
    ['an array of decimals', array(decimal({ scale: '2' })), 'ARRAY<DECIMAL(38,2)>'],
    ['an array of anything', array(null), 'JSON'],
    ['an array of arrays', array(array(primitive('int32'))), 'JSON'],
    ['an array of structs', array({ type: 'struct', optional: false, fields: [] }), 'JSON'],
  ])('%s', (_, schema, text) => {
    expect(typeText(columnTypeOf(schema))).toBe(text);
  });
});
