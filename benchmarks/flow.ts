import { type KafkaService } from '../services/index.ts';
import { rowText } from './rows.ts';

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
    const messages = Array.from({ length: due }, (_, index) => {
      const id = made + index;
      return { partition: id % partitions, value: rowText(id, ts) };
    });
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
