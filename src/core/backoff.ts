/** Milliseconds to wait before the n-th retry (n from 1): doubles from `base` up to `limit`, with half of it random. */
export function backoffMs(attempt: number, { base = 200, limit = 30_000, random = Math.random } = {}): number {
  const ceiling = Math.min(limit, base * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + random() * (ceiling / 2);
}
