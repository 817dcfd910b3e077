import { type PipelineConfig } from './config/model.ts';
import { type Logger } from './core/logger.ts';
import { within } from './core/within.ts';
import { StreamLoadClient } from './sinks/starrocks/stream-load-client.ts';
import { KafkaGroupOffsets } from './streams/kafka/kafka-group-offsets.ts';
import { LoadResolver } from './streams/load-resolver.ts';

/** Milliseconds that StarRocks may take to tell the states of all labels. */
const ASK_MS = 15_000;
const CLOSE_MS = 5_000;

/** Builds the resolver of a pipeline, and closes what it needed when its use has ended. */
export async function withLoadResolver<T>(
  { kafka, starrocks }: PipelineConfig,
  logger: Logger,
  use: (resolver: LoadResolver) => Promise<T>,
): Promise<T> {
  const { connectTimeoutMs, idleTimeoutMs, preparedTimeoutMs } = starrocks;
  const client = new StreamLoadClient({ ...starrocks, connectMs: connectTimeoutMs, idleMs: idleTimeoutMs });
  const offsets = new KafkaGroupOffsets(kafka, logger);
  const resolver = new LoadResolver({
    groupId: kafka.groupId,
    offsets,
    labelState: ({ label, database }, signal) => client.labelState(label, signal, database),
    askMs: ASK_MS,
    preparedTimeoutMs,
  });
  try {
    return await use(resolver);
  } finally {
    client.close();
    await within(CLOSE_MS, offsets.close());
  }
}
