import { nearest, type Outcome } from './columns.ts';

/*
 * What each kind of value is in each column, once it has been converted: written down, not computed. A column that is not
 * named refuses the value.
 */

export const SEVEN: Outcome = {
  tinyint: '7',
  smallint: '7',
  int: '7',
  bigint: '7',
  largeint: '7',
  float: '7',
  double: '7',
  decimal: '7.0000',
  char: '7',
  varchar: '7',
  string: '7',
  json: '7',
  varbinary: '7',
};

/** MySQL's TINYINT(1) comes as a number. */
export const ONE: Outcome = {
  boolean: '1',
  tinyint: '1',
  smallint: '1',
  int: '1',
  bigint: '1',
  largeint: '1',
  float: '1',
  double: '1',
  decimal: '1.0000',
  char: '1',
  varchar: '1',
  string: '1',
  json: '1',
  varbinary: '1',
};

/** 2^53 + 1, which no double is. */
export const BEYOND_DOUBLE: Outcome = {
  bigint: '9007199254740993',
  largeint: '9007199254740993',
  float: nearest('9007199000000000'),
  double: nearest('9007199254740992'),
  decimal: '9007199254740993.0000',
  varchar: '9007199254740993',
  string: '9007199254740993',
  json: '9007199254740993',
  varbinary: '9007199254740993',
};

/** 2^64 - 1 */
export const UNSIGNED_LONG: Outcome = {
  largeint: '18446744073709551615',
  float: nearest('18446744000000000000'),
  double: nearest('18446744073709552000'),
  decimal: '18446744073709551615.0000',
  varchar: '18446744073709551615',
  string: '18446744073709551615',
  json: '18446744073709551615',
  varbinary: '18446744073709551615',
};

export const ONE_AND_A_HALF: Outcome = {
  float: '1.5',
  double: '1.5',
  decimal: '1.5000',
  char: '1.5',
  varchar: '1.5',
  string: '1.5',
  json: '1.5',
  varbinary: '1.5',
};

/** 12.50 with its two digits. */
export const PRICE: Outcome = {
  float: '12.5',
  double: '12.5',
  decimal: '12.5000',
  char: '12.50',
  varchar: '12.50',
  string: '12.50',
  json: '12.50',
  varbinary: '12.50',
};

/** 12.00: a whole number, however many digits it was written with. */
export const WHOLE_PRICE: Outcome = {
  tinyint: '12',
  smallint: '12',
  int: '12',
  bigint: '12',
  largeint: '12',
  float: '12',
  double: '12',
  decimal: '12.0000',
  char: '12.00',
  varchar: '12.00',
  string: '12.00',
  json: '12.00',
  varbinary: '12.00',
};

/** 12345678901234567890.12345: a digit more than the DECIMAL column has, and more than a double has. */
export const LONG_DECIMAL: Outcome = {
  float: nearest('12345679000000000000'),
  double: nearest('12345678901234567000'),
  varchar: '12345678901234567890.12345',
  string: '12345678901234567890.12345',
  json: '12345678901234567890.12345',
  varbinary: '12345678901234567890.12345',
};

/** -12345678901234567890123456789012.3456: the digits of the DECIMAL column nearly all. */
export const WIDE_DECIMAL: Outcome = {
  float: nearest('-1.2345679e+31'),
  double: nearest('-1.2345678901234567e+31'),
  decimal: '-12345678901234567890123456789012.3456',
  string: '-12345678901234567890123456789012.3456',
  json: '-12345678901234567890123456789012.3456',
  varbinary: '-12345678901234567890123456789012.3456',
};

/** StarRocks has the text `1` for true in a text column, as its CAST does. */
export const TRUE: Outcome = {
  boolean: '1',
  char: '1',
  varchar: '1',
  string: '1',
  json: 'true',
  varbinary: '1',
};

export const TEXT: Outcome = {
  char: 'a "b" 東',
  varchar: 'a "b" 東',
  string: 'a "b" 東',
  json: '"a \\"b\\" 東"',
  varbinary: 'a "b" 東',
};

/** A text of digits goes wherever the number goes. */
export const TEXT_SEVEN: Outcome = { ...SEVEN, json: '"7"' };

export const TEXT_FRACTION: Outcome = {
  float: '1.5',
  double: '1.5',
  decimal: '1.5000',
  char: '1.5',
  varchar: '1.5',
  string: '1.5',
  json: '"1.5"',
  varbinary: '1.5',
};

export const TEXT_TRUE: Outcome = {
  boolean: '1',
  char: 'true',
  varchar: 'true',
  string: 'true',
  json: '"true"',
  varbinary: 'true',
};

/** `2024-05-01T19:03:00.5+02:00`: a moment, which DATETIME columns show as their clocks do. */
export const TEXT_MOMENT: Outcome = {
  datetime: '2024-05-01 17:03:00.500000',
  varchar: '2024-05-01T19:03:00.5+02:00',
  string: '2024-05-01T19:03:00.5+02:00',
  json: '"2024-05-01T19:03:00.5+02:00"',
  varbinary: '2024-05-01T19:03:00.5+02:00',
};

/** Four bytes that are no text, as their base64 where nothing else can be. */
export const BYTES: Outcome = {
  char: '3q2+7w==',
  varchar: '3q2+7w==',
  string: '3q2+7w==',
  json: '"3q2+7w=="',
};

export const DATE: Outcome = {
  date: '2024-05-01',
  datetime: '2024-05-01 00:00:00',
  char: '2024-05-01',
  varchar: '2024-05-01',
  string: '2024-05-01',
  json: '"2024-05-01"',
  varbinary: '2024-05-01',
};

export const OLD_DATE: Outcome = {
  date: '1969-12-31',
  datetime: '1969-12-31 00:00:00',
  char: '1969-12-31',
  varchar: '1969-12-31',
  string: '1969-12-31',
  json: '"1969-12-31"',
  varbinary: '1969-12-31',
};

/** Not a DATE or DATETIME, which would read it as 2010-11-12. */
export const TIME: Outcome = {
  char: '10:11:12',
  varchar: '10:11:12',
  string: '10:11:12',
  json: '"10:11:12"',
  varbinary: '10:11:12',
};

export const TIME_MS: Outcome = {
  char: '10:11:12.013',
  varchar: '10:11:12.013',
  string: '10:11:12.013',
  json: '"10:11:12.013"',
  varbinary: '10:11:12.013',
};

export const TIME_MICROS: Outcome = {
  varchar: '10:11:12.013014',
  string: '10:11:12.013014',
  json: '"10:11:12.013014"',
  varbinary: '10:11:12.013014',
};

export const TIME_NANOS: Outcome = {
  varchar: '10:11:12.013014015',
  string: '10:11:12.013014015',
  json: '"10:11:12.013014015"',
  varbinary: '10:11:12.013014015',
};

export const NEGATIVE_TIME: Outcome = {
  char: '-00:00:01',
  varchar: '-00:00:01',
  string: '-00:00:01',
  json: '"-00:00:01"',
  varbinary: '-00:00:01',
};

export const MIDNIGHT: Outcome = {
  date: '2024-05-01',
  datetime: '2024-05-01 00:00:00',
  varchar: '2024-05-01 00:00:00',
  string: '2024-05-01 00:00:00',
  json: '"2024-05-01 00:00:00"',
  varbinary: '2024-05-01 00:00:00',
};

export const MOMENT: Outcome = {
  datetime: '2024-05-01 17:03:00.500000',
  varchar: '2024-05-01 17:03:00.500',
  string: '2024-05-01 17:03:00.500',
  json: '"2024-05-01 17:03:00.500"',
  varbinary: '2024-05-01 17:03:00.500',
};

export const MOMENT_MICROS: Outcome = {
  datetime: '2024-05-01 17:03:00.500001',
  varchar: '2024-05-01 17:03:00.500001',
  string: '2024-05-01 17:03:00.500001',
  json: '"2024-05-01 17:03:00.500001"',
  varbinary: '2024-05-01 17:03:00.500001',
};

/** Nanoseconds that no DATETIME has. */
export const MOMENT_NANOS: Outcome = {
  varchar: '2024-05-01 17:03:00.500001002',
  string: '2024-05-01 17:03:00.500001002',
  json: '"2024-05-01 17:03:00.500001002"',
  varbinary: '2024-05-01 17:03:00.500001002',
};

export const UUID: Outcome = {
  string: '6f1ed002-ab5b-4c47-8a50-3f6f0b1d2c3e',
  json: '"6f1ed002-ab5b-4c47-8a50-3f6f0b1d2c3e"',
  varbinary: '6f1ed002-ab5b-4c47-8a50-3f6f0b1d2c3e',
};

export const NUMBERS: Outcome = {
  char: '[1,2]',
  varchar: '[1,2]',
  string: '[1,2]',
  json: '[1, 2]',
  array: '[1,2]',
  varbinary: '[1,2]',
};

/** One that INT has no place for: StarRocks would put a NULL there. */
export const LONG_NUMBERS: Outcome = {
  varchar: '[1,4294967296]',
  string: '[1,4294967296]',
  json: '[1, 4294967296]',
  varbinary: '[1,4294967296]',
};

export const FLOATS: Outcome = {
  char: '[1.5,0.1]',
  varchar: '[1.5,0.1]',
  string: '[1.5,0.1]',
  json: '[1.5, 0.1]',
  varbinary: '[1.5,0.1]',
};

/** Its key is none of the STRUCT column's fields. */
export const MAP: Outcome = {
  char: '{"k":1}',
  varchar: '{"k":1}',
  string: '{"k":1}',
  json: '{"k": 1}',
  map: '{"k":1}',
  varbinary: '{"k":1}',
};

export const INT_MAP: Outcome = {
  char: '{"1":2}',
  varchar: '{"1":2}',
  string: '{"1":2}',
  json: '{"1": 2}',
  map: '{"1":2}',
  varbinary: '{"1":2}',
};

/** Its text is no value of the MAP column's INT. */
export const STRUCT: Outcome = {
  varchar: '{"a":1,"b":"x"}',
  string: '{"a":1,"b":"x"}',
  json: '{"a": 1, "b": "x"}',
  struct: '{"a":1,"b":"x"}',
  varbinary: '{"a":1,"b":"x"}',
};

/** 12 hundreds. */
export const TWELVE_HUNDRED: Outcome = {
  smallint: '1200',
  int: '1200',
  bigint: '1200',
  largeint: '1200',
  float: '1200',
  double: '1200',
  decimal: '1200.0000',
  char: '1200',
  varchar: '1200',
  string: '1200',
  json: '1200',
  varbinary: '1200',
};

export const ZERO_OF_TEN_DIGITS: Outcome = {
  boolean: '0',
  tinyint: '0',
  smallint: '0',
  int: '0',
  bigint: '0',
  largeint: '0',
  float: '0',
  double: '0',
  decimal: '0.0000',
  char: '0.0000000000',
  varchar: '0.0000000000',
  string: '0.0000000000',
  json: '0.0000000000',
  varbinary: '0.0000000000',
};

export const FIRST_TIME: Outcome = {
  char: '00:00:00',
  varchar: '00:00:00',
  string: '00:00:00',
  json: '"00:00:00"',
  varbinary: '00:00:00',
};

export const LAST_TIME: Outcome = {
  char: '23:59:59.999',
  varchar: '23:59:59.999',
  string: '23:59:59.999',
  json: '"23:59:59.999"',
  varbinary: '23:59:59.999',
};

export const NUMBER_AND_NULL: Outcome = {
  char: '[1,null]',
  varchar: '[1,null]',
  string: '[1,null]',
  json: '[1, null]',
  array: '[1,null]',
  varbinary: '[1,null]',
};

export const EMPTY_MAP: Outcome = {
  char: '{}',
  varchar: '{}',
  string: '{}',
  json: '{}',
  map: '{}',
  struct: '{"a":null,"b":null}',
  varbinary: '{}',
};

const DEEP_TEXT = `${'['.repeat(100)}1${']'.repeat(100)}`;

export const DEEP: Outcome = {
  string: DEEP_TEXT,
  json: DEEP_TEXT,
  varbinary: DEEP_TEXT,
};
