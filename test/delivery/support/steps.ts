import { type FaultPoint } from '../../../emulator/index.ts';
import { type CommitFilter } from './kafka-hold.ts';

/** Where a load is, seen from outside: which message is under way, and whether its receiver has acted. */
export type Place =
  | { readonly kafka: CommitFilter['entry']; readonly when: CommitFilter['when'] }
  | { readonly starrocks: FaultPoint; readonly when: 'before' | 'after' }
  | 'body';

/** One moment of the protocol. */
export interface Step {
  readonly name: string;
  readonly place: Place;
}

/** Every moment of an exactly-once load, in their order. */
export const STEPS: readonly Step[] = [
  { name: 'before open', place: { kafka: 'open', when: 'before' } },
  { name: 'after open, before its answer', place: { kafka: 'open', when: 'after' } },
  { name: 'before begin', place: { starrocks: 'transaction.begin', when: 'before' } },
  { name: 'after begin, before its answer', place: { starrocks: 'transaction.begin', when: 'after' } },
  { name: 'before load', place: { starrocks: 'transaction.load', when: 'before' } },
  { name: 'in the middle of a body', place: 'body' },
  { name: 'after load, before its answer', place: { starrocks: 'transaction.load', when: 'after' } },
  { name: 'before prepare', place: { starrocks: 'transaction.prepare', when: 'before' } },
  { name: 'after prepare, before its answer', place: { starrocks: 'transaction.prepare', when: 'after' } },
  { name: 'before decide', place: { kafka: 'decided', when: 'before' } },
  { name: 'after decide, before its answer', place: { kafka: 'decided', when: 'after' } },
  { name: 'before commit', place: { starrocks: 'transaction.commit', when: 'before' } },
  { name: 'after commit, before its answer', place: { starrocks: 'transaction.commit', when: 'after' } },
  { name: 'before the position', place: { kafka: 'position', when: 'before' } },
  { name: 'after the position, before its answer', place: { kafka: 'position', when: 'after' } },
];
