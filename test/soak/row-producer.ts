import { setTimeout as delay } from 'node:timers/promises';
import { type Kafka, Partitioners, type Producer } from 'kafkajs';
import { type Random } from '../support/random.ts';
import { rowOf, STREAMS, type Stream, valueOf } from './rows.ts';

/** What the producer works with. */
export interface RowProducerOptions {
  readonly kafka: Kafka;
  readonly seed: number;
  readonly random: Random;
  readonly rowsPerSecond: number;
}

const TICK_MS = 100;

/**
 * Produces rows until it is stopped. A request is never repeated: where an answer is lost, its rows may be in the topic or
 * not, and reading the topic back tells; so no row can be there twice.
 */
export class RowProducer {
  readonly #options: RowProducerOptions;
  readonly #next = new Map<Stream, number>(STREAMS.map((stream) => [stream, 0]));
  readonly #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  /** Rows of acknowledged requests. */
  acknowledged = 0;
  /** Requests that were not acknowledged. */
  failures = 0;

  constructor(options: RowProducerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Resolves when the last request has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  /** The number that the next row of a topic would have had. */
  next(stream: Stream): number {
    return this.#next.get(stream) ?? 0;
  }

  async #run(): Promise<void> {
    const { kafka, random, rowsPerSecond } = this.#options;
    const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, retry: { retries: 0 } });
    const { signal } = this.#stop;
    const most = Math.max(1, Math.round((2 * rowsPerSecond * TICK_MS) / 1000));
    try {
      while (!signal.aborted) {
        try {
          await producer.connect();
          this.acknowledged += await this.#send(producer, random.pick(STREAMS), random.between(1, most));
        } catch {
          this.failures++;
        }
        await delay(TICK_MS, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      await producer.disconnect();
    }
  }

  async #send(producer: Producer, stream: Stream, count: number): Promise<number> {
    const first = this.next(stream);
    this.#next.set(stream, first + count);
    const messages = Array.from({ length: count }, (_, index) => {
      const row = rowOf(this.#options.seed, first + index);
      return { key: String(row.id), value: valueOf(row), partition: row.k % stream.partitions };
    });
    await producer.send({ topic: stream.name, messages, acks: -1 });
    return count;
  }
}
