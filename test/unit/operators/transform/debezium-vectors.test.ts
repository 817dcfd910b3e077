import { afterAll, describe, expect, it } from 'vitest';
import { comparable, runTransforms, transformCases } from '../../../support/transform-vectors.ts';

/** Debezium 3 passes over the options of Debezium 2; here they count, as they do there. */
const OF_DEBEZIUM_2 = /^legacy/;

/** Where the transforms differ from Debezium's. */
const DIFFERENCES: readonly (readonly [ids: RegExp, reason: string])[] = [
  [/^(fields|headers) transaction$/, 'a struct that is added keeps its fields; in Debezium it has none, and fails'],
];

const ENVELOPES = ['extract-new-record-state.in.jsonl', 'debezium-transforms.in.jsonl'] as const;

const cases = [
  ...transformCases(ENVELOPES[0], 'extract-new-record-state.debezium-3.2.3.jsonl').filter(
    ({ id }) => !OF_DEBEZIUM_2.test(id),
  ),
  ...transformCases(ENVELOPES[0], 'extract-new-record-state.debezium-2.7.4.jsonl').filter(({ id }) =>
    OF_DEBEZIUM_2.test(id),
  ),
  ...transformCases(ENVELOPES[1], 'debezium-transforms.debezium-3.2.3.jsonl'),
  ...transformCases('debezium-2-transforms.in.jsonl', 'debezium-2-transforms.debezium-2.7.4.jsonl'),
];

describe("the transforms beside Debezium's, 3.2.3 and 2.7.4", () => {
  const counts = { equal: 0, different: 0 };

  it.each(cases)('$id: the same with compatibility java, or a difference that is meant', ({ id, vector, expected }) => {
    const actual = comparable(vector, runTransforms(vector, 'java'));
    if (DIFFERENCES.some(([ids]) => ids.test(id))) {
      expect(actual).not.toEqual(comparable(vector, expected));
      counts.different++;
    } else {
      expect(actual).toEqual(comparable(vector, expected));
      counts.equal++;
    }
  });

  afterAll(() => {
    process.stdout.write(
      `Debezium's transforms: ${counts.equal} vectors equal, ${counts.different} meant differences, of ${cases.length}.\n`,
    );
  });
});
