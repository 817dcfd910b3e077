import { vi } from 'vitest';

/** Long enough for a machine that is busy with other things; what holds is seen at once. */
const LIMIT_MS = 45_000;
const POLL_MS = 100;

/**
 * Tries `check` until it neither throws nor rejects, and returns what it returned.
 * @param limitMs milliseconds until its last error is thrown; default 45,000
 */
export function eventually<T>(check: () => T | Promise<T>, limitMs = LIMIT_MS): Promise<T> {
  return vi.waitFor(check, { timeout: limitMs, interval: POLL_MS });
}
