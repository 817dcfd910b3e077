import { setTimeout as delay } from 'node:timers/promises';
import { type Random } from '../support/random.ts';
import { DISTURBANCES, type Scene } from './disturbances.ts';
import { type Tally } from './tally.ts';

/** How much goes wrong at once, and how often something new; in milliseconds. */
const AT_ONCE = 4;
const PAUSE_MS = [200, 2_500] as const;
/** Processes that there are, frozen ones included; without others nothing would happen to rows. */
const FEWEST_PROCESSES = 2;

/** What the time of trouble works with. */
export interface DisturbOptions {
  readonly scene: Scene;
  readonly random: Random;
  readonly tally: Tally;
  /** Ends it. */
  readonly over: AbortSignal;
}

/**
 * Lets things go wrong until the signal is aborted, then takes back what still is.
 *
 * @throws the first error of a disturbance: it could not be done, or not be taken back.
 */
export async function disturb({ scene, random, tally, over }: DisturbOptions): Promise<void> {
  const underway = new Set<Promise<void>>();
  const busy = new Set<string>();
  const errors: unknown[] = [];
  while (!over.aborted && errors.length === 0) {
    while (scene.fleet.size < FEWEST_PROCESSES) await scene.fleet.start();
    const possible = DISTURBANCES.filter(({ resource }) => resource === undefined || !busy.has(resource));
    const disturbance = random.weighted(possible);
    const strike = underway.size < AT_ONCE ? disturbance.draw(random, scene) : undefined;
    if (strike) {
      const { resource } = disturbance;
      if (resource !== undefined) busy.add(resource);
      tally.add(strike.kind);
      const task = strike
        .run(over)
        .catch((error: unknown) => {
          errors.push(error);
        })
        .finally(() => {
          underway.delete(task);
          if (resource !== undefined) busy.delete(resource);
        });
      underway.add(task);
    }
    await delay(random.between(...PAUSE_MS), undefined, { signal: over }).catch(() => undefined);
  }
  await Promise.all(underway);
  if (errors.length > 0) throw errors[0];
  scene.starrocks.clearFaults();
}
