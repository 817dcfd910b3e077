import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 25;

/** Asks until the answer is true; false when the limit passed first. */
export async function within(limitMs: number, ask: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    if (await ask()) return true;
    if (performance.now() >= deadline) return false;
    await delay(EVERY_MS);
  }
}
