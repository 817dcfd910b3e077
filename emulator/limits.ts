import { type StarRocksVersion } from './version.ts';

/** Configuration of FE and BE that decides what a load may do, with StarRocks' defaults. */
export interface Limits {
  readonly labelKeepMaxNum: number;
  readonly labelKeepMaxMs: number;
  readonly transactionCleanIntervalMs: number;
  readonly maxRunningTransactions: number;
  readonly preparedTimeoutMs: number;
  readonly loadTimeoutMs: number;
  /** `streaming_load_max_mb`, in bytes. */
  readonly maxBodyBytes: number;
  /** `streaming_load_max_batch_size_mb`, in bytes: JSON with a Content-Length only. */
  readonly maxJsonBytes: number;
  /** How long a BE takes to notice that the client of an unfinished load is gone; until then its label is in use. */
  readonly cancelDelayMs: number;
  /** How long, on the emulated clock, a schema change that is not fast runs. */
  readonly schemaChangeMs: number;
}

const MB = 1024 * 1024;

export function defaultLimits(version: StarRocksVersion): Limits {
  return {
    labelKeepMaxNum: 1000,
    labelKeepMaxMs: 259_200_000,
    transactionCleanIntervalMs: 30_000,
    maxRunningTransactions: version.atLeast(3, 1) ? 1000 : 100,
    preparedTimeoutMs: 86_400_000,
    loadTimeoutMs: 600_000,
    maxBodyBytes: (version.atLeast(3) ? 102_400 : 10_240) * MB,
    maxJsonBytes: 100 * MB,
    cancelDelayMs: 0,
    schemaChangeMs: 0,
  };
}
