interface Sample {
  readonly at: number;
  readonly value: number;
}

/** Milliseconds that samples are kept. */
const KEPT_MS = 120_000;
/** Milliseconds that a rate is an average over, unless what it counts comes less often. */
export const WINDOW_MS = 10_000;
const LEAST_MS = 500;

/** How fast counters grow, seen from samples of them. Times in milliseconds. */
export class Rates {
  readonly #samples = new Map<string, Sample[]>();

  add(key: string, value: number, at: number): void {
    const samples = this.#samples.get(key) ?? [];
    const last = samples.at(-1);
    if (last !== undefined && last.at >= at) return;
    // A counter that has become smaller has begun anew.
    const kept = last !== undefined && last.value > value ? [] : samples.filter((one) => at - one.at <= KEPT_MS);
    this.#samples.set(key, [...kept, { at, value }]);
  }

  /** What it grew by in a second, over the last while; undefined while too little is known. */
  perSecond(key: string, windowMs = WINDOW_MS): number | undefined {
    const samples = this.#samples.get(key) ?? [];
    const last = samples.at(-1);
    const first = last && samples.find(({ at }) => last.at - at <= windowMs);
    if (!first || last.at - first.at < LEAST_MS) return undefined;
    return ((last.value - first.value) / (last.at - first.at)) * 1_000;
  }

  /** Forgets what was not seen lately. */
  forget(now: number): void {
    for (const [key, samples] of this.#samples) {
      if (now - (samples.at(-1)?.at ?? 0) > KEPT_MS) this.#samples.delete(key);
    }
  }
}
