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

/** Rows at the end that may wait there for more to come, however fast the pipeline is: what does not fill a last load. */
const TAIL_SHARE = 0.2;

/**
 * From the first load to the one with which four fifths of the rows were there: what lies between is what a pipeline does for as
 * long as there are rows. Undefined when that is one and the same load.
 */
export function steadyStretch<S extends Sample>(samples: readonly S[]): readonly [S, S] | undefined {
  const total = samples.at(-1)?.rows ?? 0;
  const first = samples[0];
  const last = samples.find(({ rows }) => rows >= total * (1 - TAIL_SHARE));
  if (!first || !last || last.atMs <= first.atMs) return undefined;
  return [first, last];
}

/** Rows a second in that stretch. */
export function steadyRate(samples: readonly Sample[]): number | undefined {
  const [first, last] = steadyStretch(samples) ?? [];
  return first && last && ((last.rows - first.rows) * 1000) / (last.atMs - first.atMs);
}

/** Rows until V8 has compiled what handles them. */
const WARM_ROWS = 1_000_000;

/**
 * What a row costs in the second half of the rows behind the first million, by what one costs in the first half. Undefined where
 * they are not seen to have two halves.
 */
export function lateRowCost(samples: readonly (Sample & { readonly cpuSeconds: number })[]): number | undefined {
  const total = samples.at(-1)?.rows ?? 0;
  const from = (rows: number) => samples.find((sample) => sample.rows >= rows);
  const [first, middle, last] = [from(WARM_ROWS), from((WARM_ROWS + total) / 2), from(total)];
  if (!first || !middle || !last || middle.rows === first.rows || last.rows === middle.rows) return undefined;
  const cost = (a: typeof first, b: typeof first): number => (b.cpuSeconds - a.cpuSeconds) / (b.rows - a.rows);
  return cost(middle, last) / cost(first, middle);
}
