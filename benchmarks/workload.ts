import { type KafkaService } from '../services/index.ts';

/** Bytes of every row. */
export const ROW_BYTES = 208;
/** Rows of one record batch in the topic: 208 kB, as a producer with `batch.size` set for throughput makes them. */
const BATCH_ROWS = 1_000;
const PADDING = 'x'.repeat(ROW_BYTES);

/** The columns that the rows have, as StarRocks wants them. */
export const TABLE_DDL = (table: string): string =>
  `CREATE TABLE ${table} (id BIGINT, name VARCHAR(64), amount DOUBLE, city VARCHAR(64), ts BIGINT, pad VARCHAR(256), ` +
  `source VARCHAR(64)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`;

/** A row as JSON text of ROW_BYTES bytes. `ts` is the time in milliseconds that the latency run measures against. */
export function rowText(id: number, ts: number): string {
  const start = `{"id":${id},"name":"user ${id}","amount":${id / 100},"city":"New York","ts":${ts},"pad":"`;
  return `${start}${PADDING.slice(0, ROW_BYTES - start.length - 2)}"}`;
}

/** The times in a body of such rows, as milliseconds since the epoch. */
export function timesIn(body: string): number[] {
  return Array.from(body.matchAll(/"ts":(\d{13})/g), ([, digits]) => Number(digits));
}

/** A row as the value of a record. */
export type RowValue = (id: number, ts: number) => string | Buffer;

/** Fills a new topic, batch by batch, round-robin over its partitions. */
export async function fillTopic(
  kafka: KafkaService,
  topic: string,
  {
    rows,
    partitions,
    encode = rowText,
  }: { readonly rows: number; readonly partitions: number; readonly encode?: RowValue },
): Promise<void> {
  await kafka.createTopic(topic, { partitions });
  const producer = kafka.client().producer();
  await producer.connect();
  try {
    const ts = Date.now();
    let next = 0;
    while (next < rows) {
      const partitionBatches = Array.from({ length: partitions }, (_, partition) => ({
        partition,
        ids: range(next + partition * BATCH_ROWS, Math.min(rows, next + (partition + 1) * BATCH_ROWS)),
      }));
      next += partitions * BATCH_ROWS;
      const messages = partitionBatches.flatMap(({ partition, ids }) =>
        ids.map((id) => ({ partition, value: encode(id, ts) })),
      );
      await producer.send({ topic, messages, acks: 1 });
    }
  } finally {
    await producer.disconnect();
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

/** A flow of rows at a fixed rate. */
export interface Flow {
  /** Ends it; resolves once every row that was begun is in Kafka. */
  stop(): Promise<void>;
  /** Rows that Kafka has acknowledged. */
  readonly sent: number;
}

const TICK_MS = 10;

/** Produces rows that carry the time at which they were made, evenly over the partitions. */
export async function startFlow(
  kafka: KafkaService,
  topic: string,
  { rowsPerSecond, partitions }: { readonly rowsPerSecond: number; readonly partitions: number },
): Promise<Flow> {
  const producer = kafka.client().producer();
  await producer.connect();
  const started = performance.now();
  let made = 0;
  let sent = 0;
  const underway = new Set<Promise<void>>();
  const send = (): void => {
    const due = Math.floor(((performance.now() - started) * rowsPerSecond) / 1000) - made;
    if (due <= 0) return;
    const ts = Date.now();
    const messages = range(made, made + due).map((id) => ({ partition: id % partitions, value: rowText(id, ts) }));
    made += due;
    const request = producer.send({ topic, messages, acks: 1 }).then(() => {
      sent += due;
      underway.delete(request);
    });
    underway.add(request);
  };
  const timer = setInterval(send, TICK_MS);
  return {
    get sent() {
      return sent;
    },
    async stop() {
      clearInterval(timer);
      try {
        await Promise.all(underway);
      } finally {
        await producer.disconnect();
      }
    },
  };
}
