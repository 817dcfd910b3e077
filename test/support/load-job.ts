import { type Limiter } from '../../src/core/limiter.ts';
import { type BatchLoader, type LoadJob, type LoadResult } from '../../src/sinks/starrocks/batch-loader.ts';
import { type LoadBody } from '../../src/sinks/starrocks/starrocks-http.ts';
import { badRecords } from './bad-records.ts';

/** The job of loading a body, with nothing of Kafka behind it. */
export function loadJob(body: LoadBody, signal: AbortSignal, rows = 1): LoadJob {
  return {
    tables: [{ target: undefined, body, rows }],
    ranges: [],
    badRecords: badRecords().createBatch(),
    abandoned: signal,
    incomplete: signal,
  };
}

/** A loader of one table, as a test says. */
export function fakeLoader(
  load: (job: LoadJob & { readonly body: LoadBody | undefined }, turns: Limiter) => Promise<LoadResult>,
): BatchLoader {
  return {
    load: async (job, turns) => {
      const result = await load({ ...job, body: job.tables[0]?.body }, turns);
      return job.tables.length === 0 ? [] : [result];
    },
  };
}

/** Loads into the loader's own table alone. */
export async function loadOne(loader: BatchLoader, job: LoadJob, turns: Limiter): Promise<LoadResult> {
  const [result] = await loader.load(job, turns);
  if (!result) throw new Error('the job has rows of one table');
  return result;
}
