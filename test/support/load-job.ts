import { type LoadJob } from '../../src/sinks/starrocks/batch-loader.ts';
import { type LoadBody } from '../../src/sinks/starrocks/starrocks-http.ts';
import { badRecords } from './bad-records.ts';

/** The job of loading a body, with nothing of Kafka behind it. */
export function loadJob(body: LoadBody, signal: AbortSignal, rows = 1): LoadJob {
  return { body, rows, ranges: [], badRecords: badRecords().createBatch(), abandoned: signal, incomplete: signal };
}
