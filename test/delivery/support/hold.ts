import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';

/** Milliseconds that a step of the protocol may take to be reached: a member that was killed first has to be missed. */

/** A message that is kept from going on, so that a test can do something to its sender meanwhile. */
export interface Hold {
  readonly what: string;
  readonly isReached: boolean;
  /** The message goes on. */
  release(): void;
}

/** One that need not go on. */
export interface CuttableHold extends Hold {
  /** The connection is reset; a request that has not reached the server never does. */
  cut(): void;
}

/** Waits until the message has come. */
export async function untilReached(hold: Hold): Promise<void> {
  await eventually(() => expect(hold.isReached, `${hold.what} is reached`).toBe(true));
}
