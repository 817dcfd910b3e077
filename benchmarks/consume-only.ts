// The yardstick, a process of its own: KafkaJS alone reads the topics with the pipeline's fetch settings and drops it.
import { Kafka, logLevel } from 'kafkajs';
import type { FetchSettings } from './pipeline-file.ts';

/** What consume-only is told, as JSON in its only argument. */
export interface ConsumeOnlySettings {
  readonly brokers: string[];
  readonly groupId: string;
  readonly topics: string[];
  readonly rows: number;
  readonly fetch: FetchSettings;
}

/** What it prints on one line once it has read everything; it then waits to be ended. Times since the epoch. */
export interface ConsumeOnlyResult {
  readonly firstRowAtMs: number;
  readonly rows: number;
  /** From the end of the first batch to the end of the last. */
  readonly rowsPerSecond: number;
}

async function main(): Promise<void> {
  const { brokers, groupId, topics, rows, fetch } = JSON.parse(process.argv[2] ?? '') as ConsumeOnlySettings;
  process.once('SIGTERM', () => process.exit(0));
  const consumer = new Kafka({ brokers, clientId: 'consume-only', logLevel: logLevel.ERROR }).consumer({
    groupId,
    minBytes: fetch.fetchMinBytes,
    maxBytes: fetch.fetchMaxBytes,
    maxWaitTimeInMs: fetch.fetchMaxWaitMs,
    maxBytesPerPartition: fetch.maxPartitionFetchBytes,
    readUncommitted: true,
  });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  let seen = 0;
  let firstBatch: { readonly atMs: number; readonly rows: number } | undefined;
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      seen += batch.messages.length;
      firstBatch ??= { atMs: Date.now(), rows: seen };
      if (seen >= rows) {
        const seconds = (Date.now() - firstBatch.atMs) / 1000;
        const result: ConsumeOnlyResult = {
          firstRowAtMs: firstBatch.atMs,
          rows: seen,
          rowsPerSecond: (seen - firstBatch.rows) / seconds,
        };
        process.stdout.write(`${JSON.stringify(result)}\n`);
      }
      return Promise.resolve();
    },
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
