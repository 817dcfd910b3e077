import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LoadDecision, readDecision, writeDecision } from '../../../src/streams/decision-metadata.ts';

const decision: LoadDecision = {
  state: 'open',
  label: 'tributary-p-t-1',
  database: 'db',
  table: 't',
  nextOffset: 42,
  time: 1_700_000_000_000,
};

const decisions: fc.Arbitrary<LoadDecision> = fc.record(
  {
    state: fc.constantFrom('open', 'decided'),
    label: fc.string({ minLength: 1, maxLength: 128 }),
    database: fc.string({ maxLength: 256, unit: 'grapheme' }),
    table: fc.string({ maxLength: 256, unit: 'grapheme' }),
    nextOffset: fc.maxSafeNat(),
    time: fc.maxSafeNat(),
    deadLetterEnds: fc.array(fc.maxSafeNat(), { maxLength: 20 }),
    others: fc.array(fc.record({ database: fc.constantFrom('db', 'shop'), table: fc.string({ minLength: 1 }) }), {
      minLength: 1,
      maxLength: 20,
    }),
  },
  { requiredKeys: ['state', 'label', 'database', 'table', 'nextOffset', 'time'] },
);

/** Metadata that is as long as is wanted, to the byte. */
function ofLength(bytes: number): LoadDecision {
  const { length } = writeDecision({ ...decision, table: '' });
  return { ...decision, table: 't'.repeat(bytes - length) };
}

describe('the metadata of an offset', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(decisions, (written) => {
        expect(readDecision(writeDecision(written))).toEqual(written);
      }),
    );
  });

  it('says nothing of dead letters when the load writes none', () => {
    expect(readDecision(writeDecision(decision))).not.toHaveProperty('deadLetterEnds');
  });

  it('is JSON that a person can read', () => {
    expect(JSON.parse(writeDecision({ ...decision, state: 'decided' }))).toEqual({
      tributary: 1,
      ...decision,
      state: 'decided',
    });
  });

  it('names further tables in another version, so that one which knows of one table leaves it alone', () => {
    const others = [
      { database: 'db', table: 't2' },
      { database: 'shop', table: 't.3' },
    ];
    const metadata = writeDecision({ ...decision, others });
    expect(JSON.parse(metadata)).toEqual({ tributary: 2, ...decision, others: ['db.t2', 'shop.t.3'] });
    expect(() => readDecision(metadata.replace(',"others":["db.t2","shop.t.3"]', ''))).toThrow('another version');
    expect(writeDecision(decision)).toBe(JSON.stringify({ tributary: 1, ...decision }));
  });

  it('may be as long as Kafka takes, and no byte longer', () => {
    expect(Buffer.byteLength(writeDecision(ofLength(4_096)))).toBe(4_096);
    expect(() => writeDecision(ofLength(4_097))).toThrow(
      new RangeError('The state of load tributary-p-t-1 takes 4097 bytes; Kafka stores 4096 with an offset.'),
    );
  });

  it('is measured in bytes, not in characters', () => {
    expect(() => writeDecision({ ...decision, table: '表'.repeat(1_400) })).toThrow(RangeError);
  });

  it.each([
    ['empty', ''],
    ['text', 'NO_METADATA'],
    ['half an object', '{"tributary":1,'],
    ['a number', '17'],
    ['null', 'null'],
    ['a list', '[{"tributary":1}]'],
    ["another program's object", '{"connector":"starrocks","state":"open"}'],
  ])('is passed over when it is not ours: %s', (_, metadata) => {
    expect(readDecision(metadata)).toBeUndefined();
  });

  it('is passed over whatever somebody else writes there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (metadata) => {
        fc.pre(!metadata.includes('tributary'));
        expect(readDecision(metadata)).toBeUndefined();
      }),
    );
  });

  it('of another version is never passed over', () => {
    const metadata = JSON.stringify({ ...decision, tributary: 2 });
    expect(() => readDecision(metadata)).toThrow(
      new Error(`The committed offset has metadata of another version of Tributary: ${metadata}`),
    );
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['a state that is not known', { state: 'closed' }],
    ['no label', { label: '' }],
    ['no table', { table: undefined }],
    ['an offset that is none', { nextOffset: -1 }],
    ['half an offset', { nextOffset: 1.5 }],
    ['no time', { time: 'yesterday' }],
    ['ends that are none', { deadLetterEnds: [-1] }],
  ])('of this version is never passed over when it has %s', (_, fields) => {
    const metadata = JSON.stringify({ tributary: 1, ...decision, ...fields });
    expect(() => readDecision(metadata)).toThrow('metadata of another version of Tributary');
  });

  it('may have fields that a later release added', () => {
    expect(readDecision(JSON.stringify({ tributary: 1, ...decision, host: 'a' }))).toEqual(decision);
  });

  it('is quoted in part when it cannot be read', () => {
    const metadata = JSON.stringify({ tributary: 2, text: 'x'.repeat(4_000) });
    expect(() => readDecision(metadata)).toThrow(
      new Error(`The committed offset has metadata of another version of Tributary: ${metadata.slice(0, 300)}`),
    );
  });
});
