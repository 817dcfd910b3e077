import { describe, expect, it } from 'vitest';
import { type ConnectSchema, LOGICAL, type StructSchema } from '../../../../src/core/connect-data.ts';
import { createTransform } from '../../../../src/operators/transform/create-transform.ts';
import { connectRecord } from '../../../support/connect-records.ts';

const CLASS = 'com.starrocks.connector.kafka.transforms.TimeMillisToStringTransform';
const TIME: ConnectSchema = { type: 'int32', optional: true, name: LOGICAL.time, version: 1 };
const SCHEMA: StructSchema = {
  type: 'struct',
  optional: false,
  name: 'x',
  fields: [
    { name: 'at', schema: TIME },
    { name: 'other', schema: TIME },
    { name: 'n', schema: { type: 'int32', optional: false } },
  ],
};

function transformed(at: number | null, options: Record<string, string> = {}) {
  return createTransform('t', CLASS, options).made.apply(connectRecord({ at, other: 1, n: 5000 }, { schema: SCHEMA }));
}

describe('TimeMillisToStringTransform', () => {
  it.each([
    [0, '00:00:00', '00:00:00.000'],
    [1000, '00:00:01', '00:00:01.000'],
    [43_200_000, '12:00:00', '12:00:00.000'],
    [64_957_000, '18:02:37', '18:02:37.000'],
    [64_957_123, '18:02:37', '18:02:37.123'],
    [86_399_999, '23:59:59', '23:59:59.999'],
    [-1500, '-00:00:01', '-00:00:01.500'],
  ])('writes %d as %s or %s', (ms, seconds, millis) => {
    expect(transformed(ms)?.value).toEqual({ at: seconds, other: '00:00:00', n: 5000 });
    expect(transformed(ms, { format: 'HH:mm:ss.SSS' })?.value).toMatchObject({ at: millis });
  });

  it('turns the listed fields into text, of whatever integer type, and no others', () => {
    const record = transformed(null, { fields: 'at,n' });
    expect(record?.value).toEqual({ at: null, other: 1, n: '00:00:05' });
    expect(record?.schema).toEqual({
      ...SCHEMA,
      fields: [
        { name: 'at', schema: { type: 'string', optional: true } },
        { name: 'other', schema: TIME },
        { name: 'n', schema: { type: 'string', optional: false } },
      ],
    });
  });

  it('leaves values without schema and tombstones alone', () => {
    const { made } = createTransform('t', CLASS, { fields: 'at' });
    for (const record of [connectRecord({ at: 1000 }), connectRecord(null, { schema: SCHEMA })]) {
      expect(made.apply(record)).toBe(record);
    }
  });

  it('refuses another format, which the Java class takes for the default', () => {
    expect(() => createTransform('t', CLASS, { format: 'HH:mm' })).toThrow(
      'Invalid value HH:mm for configuration transforms.t.format: String must be one of: HH:mm:ss, HH:mm:ss.SSS.',
    );
  });
});
