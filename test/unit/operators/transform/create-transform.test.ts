import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../../src/core/errors.ts';
import { NumberText } from '../../../../src/core/number-text.ts';
import {
  createPredicate,
  createTransform,
  PREDICATE_CLASSES,
  TRANSFORM_CLASSES,
} from '../../../../src/operators/transform/create-transform.ts';
import { connectRecord } from '../../../support/connect-records.ts';

const APACHE = 'org.apache.kafka.connect.transforms.';

function problems(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('createTransform', () => {
  it('knows the 16 transforms of Kafka, two of Debezium, two of the StarRocks connector, and three predicates', () => {
    const apache = TRANSFORM_CLASSES.filter((name) => name.startsWith(APACHE));
    expect(new Set(apache.map((name) => name.replace(/\$.*$/, ''))).size).toBe(16);
    expect(TRANSFORM_CLASSES.filter((name) => name.startsWith('io.debezium.'))).toHaveLength(2);
    expect(TRANSFORM_CLASSES.filter((name) => name.startsWith('com.starrocks.'))).toHaveLength(2);
    expect(PREDICATE_CLASSES).toHaveLength(3);
  });

  it('takes the simple name of a class that has no variants for keys and values', () => {
    expect(createTransform('f', 'Filter', {}).className).toBe(`${APACHE}Filter`);
    expect(createPredicate('p', 'RecordIsTombstone', {}).className).toBe(`${APACHE}predicates.RecordIsTombstone`);
  });

  it('refuses an unknown class, and names the nearest one and all others', () => {
    expect(problems(() => createTransform('x', 'RegexpRouter', {}))).toEqual([
      `Invalid value RegexpRouter for configuration transforms.x.type: Class RegexpRouter could not be found. Did you mean ${APACHE}RegexRouter? There are ${TRANSFORM_CLASSES.join(', ')}.`,
    ]);
    expect(problems(() => createTransform('x', 'com.acme.Own', {}))).toEqual([
      `Invalid value com.acme.Own for configuration transforms.x.type: Class com.acme.Own could not be found. There are ${TRANSFORM_CLASSES.join(', ')}.`,
    ]);
    expect(problems(() => createPredicate('p', 'TopicNameMatch', {}))).toEqual([
      `Invalid value TopicNameMatch for configuration predicates.p.type: Class TopicNameMatch could not be found. Did you mean ${APACHE}predicates.TopicNameMatches? There are ${PREDICATE_CLASSES.join(', ')}.`,
    ]);
  });

  it('refuses the simple name of a variant, as Kafka Connect does, and names the whole', () => {
    expect(problems(() => createTransform('x', 'Flatten$Value', {}))[0]).toMatch(
      /^Invalid value Flatten\$Value for configuration transforms\.x\.type: Class Flatten\$Value could not be found\. Did you mean org\.apache\.kafka\.connect\.transforms\.Flatten\$Value\?/,
    );
  });

  it('asks whether the key or the value is meant', () => {
    expect(problems(() => createTransform('x', `${APACHE}Cast`, { spec: 'int8' }))).toEqual([
      `Invalid value ${APACHE}Cast for configuration transforms.x.type: This class is abstract and cannot be created. Did you mean ${APACHE}Cast$Key, ${APACHE}Cast$Value?`,
    ]);
  });

  it('refuses an option that is likely a misspelling, and warns of one that means nothing', () => {
    expect(problems(() => createTransform('r', `${APACHE}ReplaceField$Value`, { exlude: 'a' }))).toEqual([
      `\`transforms.r.exlude\` is not an option of ${APACHE}ReplaceField$Value; did you mean \`transforms.r.exclude\`?`,
    ]);
    expect(createTransform('h', `${APACHE}HoistField$Value`, { field: 'w', colour: 'red' }).warnings).toEqual([
      `\`transforms.h.colour\` is not an option of ${APACHE}HoistField$Value and has no effect; it has field.`,
    ]);
    expect(createTransform('f', 'Filter', { colour: 'red' }).warnings).toEqual([
      `\`transforms.f.colour\` is not an option of ${APACHE}Filter and has no effect, which has none.`,
    ]);
  });

  it('takes the former names of ReplaceField that Kafka 4 ignores, with a warning', () => {
    const { made, warnings } = createTransform('r', `${APACHE}ReplaceField$Value`, { blacklist: 'a' });
    expect(made.apply(connectRecord({ a: 1, b: 2 }))?.value).toEqual({ b: 2 });
    expect(warnings).toEqual([
      '`transforms.r.blacklist` is a former name that Kafka 4 ignores: write `transforms.r.exclude`.',
    ]);
    const both = createTransform('r', `${APACHE}ReplaceField$Value`, { whitelist: 'a', include: 'b' });
    expect(both.made.apply(connectRecord({ a: 1, b: 2 }))?.value).toEqual({ b: 2 });
    expect(both.warnings).toEqual([
      '`transforms.r.whitelist` is a former name of `transforms.r.include`, which is set too: it has no effect.',
    ]);
  });

  it('leaves nulls as they are unless told otherwise, which Kafka Connect does the other way round', () => {
    const schema = {
      type: 'struct',
      optional: false,
      fields: [{ name: 'status', schema: { type: 'string', optional: true, default: 'active' } }],
    } as const;
    const className = `${APACHE}InsertField$Value`;
    const options = { 'static.field': 's', 'static.value': 'v' };
    const record = connectRecord({ status: null }, { schema });
    const made = (entries: Record<string, string>, compatibility: 'exact' | 'java') =>
      createTransform('i', className, { ...options, ...entries }, { compatibility }).made.apply(record)?.value;
    expect(made({}, 'exact')).toEqual({ status: null, s: 'v' });
    expect(made({ 'replace.null.with.default': 'true' }, 'exact')).toEqual({ status: 'active', s: 'v' });
    expect(made({}, 'java')).toEqual({ status: 'active', s: 'v' });
  });

  it('keeps a number of more than 64 bits or refuses to cast it, rather than cutting digits off', () => {
    const cast = (spec: string) =>
      createTransform('c', `${APACHE}Cast$Value`, { spec }).made.apply(
        connectRecord(new NumberText('18446744073709551616')),
      );
    expect(cast('string')?.value).toBe('18446744073709551616');
    expect(cast('float64')?.value).toBe(2 ** 64);
    expect(() => cast('int64')).toThrow('Value (18446744073709551616) was out of range for requested data type');
  });

  it('does not change the record that it is given', () => {
    const record = connectRecord(Object.freeze({ a: 1 }));
    const { made } = createTransform('c', `${APACHE}Cast$Value`, { spec: 'a:string' });
    expect(made.apply(record)?.value).toEqual({ a: '1' });
    expect(record.value).toEqual({ a: 1 });
  });

  it('gives a field called __proto__ to rows as any other', () => {
    const { made } = createTransform('r', `${APACHE}ReplaceField$Value`, { exclude: 'x' });
    const value = made.apply(connectRecord(JSON.parse('{"__proto__":{"evil":1},"a":1}') as { a: number }))?.value;
    expect(JSON.stringify(value)).toBe('{"__proto__":{"evil":1},"a":1}');
    expect(({} as { evil?: number }).evil).toBeUndefined();
  });
});
