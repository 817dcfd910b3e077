/** How many rows a server had at a moment. */
export interface Sample {
  readonly atMs: number;
  readonly rows: number;
}

/** The middle of the values, or the mean of the two in the middle. Undefined without a value. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** The smallest value that at least this share (0 to 1) of all values does not exceed. Undefined without a value. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

/**
 * The first load and the last full one: what lies between is what a pipeline does for as long as there are rows.
 *
 * The rows that do not fill a last load wait there for the flush interval, however fast the pipeline is: steps at the
 * end that are less than half of the largest are left out. Undefined when fewer than two loads were seen.
 */
export function steadyStretch<S extends Sample>(samples: readonly S[]): readonly [S, S] | undefined {
  const steps = samples.slice(1).map(({ rows }, index) => rows - (samples[index]?.rows ?? 0));
  const largest = Math.max(0, ...steps);
  const last = samples[steps.findLastIndex((step) => step > 0 && step >= largest / 2) + 1];
  const first = samples[0];
  if (!first || !last || last === first || last.atMs <= first.atMs) return undefined;
  return [first, last];
}

/** Rows a second in that stretch. */
export function steadyRate(samples: readonly Sample[]): number | undefined {
  const [first, last] = steadyStretch(samples) ?? [];
  return first && last && ((last.rows - first.rows) * 1000) / (last.atMs - first.atMs);
}
