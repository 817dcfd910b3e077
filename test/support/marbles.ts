import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';

/** The helpers of a marble test; one character is one millisecond. */
export type Marbles = Parameters<Parameters<TestScheduler['run']>[0]>[0];

/** A test body in virtual time. */
export function marbles(test: (helpers: Marbles) => void): () => void {
  return () => {
    new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    }).run(test);
  };
}
