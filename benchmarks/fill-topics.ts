import { type KafkaService } from '../services/index.ts';
import { type Workload } from './workload.ts';

/** A row as the value of a record. */
export type RowValue = (id: number, ts: number) => string | Buffer;

/** The most bytes in one record batch, as a producer with `batch.size` set for throughput makes them. */
const BATCH_BYTES = 208_000;
/** The most record batches in one request to the broker; never two of a partition, which would be one batch. */
const BATCHES_AT_ONCE = 16;

/** Fills new topics, one after the other, each batch by batch, round-robin over its partitions. */
export async function fillTopics(
  kafka: KafkaService,
  topics: readonly string[],
  {
    workload,
    encoderOf,
  }: { readonly workload: Workload; readonly encoderOf: (topic: string) => RowValue | Promise<RowValue> },
): Promise<void> {
  const { partitions, rows, codec } = workload;
  // KafkaJS's own partitioner looks at every partition for each message, also where the message names its own.
  const producer = kafka.client().producer({
    // Otherwise a request that one partition of a new topic refuses is sent again for all of them.
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  });
  await producer.connect();
  try {
    for (const [index, topic] of topics.entries()) {
      // The broker compresses each batch anew: KafkaJS itself knows gzip alone.
      await kafka.createTopic(topic, { partitions, configs: codec === 'none' ? {} : { 'compression.type': codec } });
      const encode = await encoderOf(topic);
      const ts = Date.now();
      const batches = batchesOf(workload, {
        from: Math.floor((rows * index) / topics.length),
        to: Math.floor((rows * (index + 1)) / topics.length),
      });
      const atOnce = Math.min(BATCHES_AT_ONCE, partitions);
      for (let next = 0; next < batches.length; next += atOnce) {
        const messages = batches
          .slice(next, next + atOnce)
          .flatMap(({ partition, from, to }) =>
            Array.from({ length: to - from }, (_, row) => ({ partition, value: encode(from + row, ts) })),
          );
        await producer.send({ topic, messages, acks: -1 });
      }
    }
  } finally {
    await producer.disconnect();
  }
}

/** Rows with the ids `from` to before `to`, all in one partition. */
interface Batch {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Batches of one size, which may be smaller than the largest so that every partition has its part. */
export function batchesOf(
  { rowBytes, partitions }: Pick<Workload, 'rowBytes' | 'partitions'>,
  { from, to }: Pick<Batch, 'from' | 'to'>,
): Batch[] {
  const most = Math.max(1, Math.floor(BATCH_BYTES / rowBytes));
  const ofPartition = Math.max(1, Math.ceil((to - from) / partitions));
  const rows = Math.ceil(ofPartition / Math.ceil(ofPartition / most));
  return Array.from({ length: Math.ceil((to - from) / rows) }, (_, index) => ({
    partition: index % partitions,
    from: from + index * rows,
    to: Math.min(to, from + (index + 1) * rows),
  }));
}
