import { afterAll, describe, expect, it } from 'vitest';
import { comparable, runTransforms, transformCases } from '../../../support/transform-vectors.ts';

const cases = transformCases('converters-and-transforms.in.jsonl', 'converters-and-transforms.kafka-4.1.0.jsonl');

describe('records that went through a worker of Kafka Connect 4.1.0', () => {
  let equal = 0;

  it.each(cases)('$id: the same', ({ vector, expected }) => {
    for (const compatibility of ['java', 'exact'] as const) {
      expect(comparable(vector, runTransforms(vector, compatibility))).toEqual(comparable(vector, expected));
    }
    equal++;
  });

  afterAll(() => {
    process.stdout.write(`Kafka Connect 4.1.0 with transforms: ${equal} vectors equal, of ${cases.length}.\n`);
  });
});
