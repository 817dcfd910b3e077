import { setImmediate as nextTurn } from 'node:timers/promises';
import { Deferred } from '../../../core/deferred.ts';
import { describeError, UnavailableError } from '../../../core/errors.ts';
import { type Logger } from '../../../core/logger.ts';
import { pause } from '../../../core/pause.ts';
import { type KafkaConnectionOptions } from '../client-options.ts';
import { BrokerConnection } from './broker-connection.ts';
import { type Cursor } from './cursor.ts';
import { isSessionLost, nameOfError } from './error-codes.ts';
import { type FetchedPartition, type FetchRequest, fetchApi, fetchByIdApi } from './fetch-api.ts';
import { FetchSession } from './fetch-session.ts';
import { type BrokerAddress } from './metadata-api.ts';

/** What a loop asks for next: the partitions, and the longest wait. Where there is no session, the broker serves them in this order. */
export interface Demand {
  readonly cursors: readonly Cursor[];
  readonly maxWaitMs: number;
}

/** What a loop works with. */
export interface BrokerLoopOptions {
  readonly connection: KafkaConnectionOptions;
  readonly limits: Pick<FetchRequest, 'minBytes' | 'maxBytes' | 'readCommitted' | 'rackId'>;
  readonly maxPartitionBytes: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Undefined for a broker that is gone. */
  readonly address: () => BrokerAddress | undefined;
  readonly demand: () => Demand;
  /**
   * Takes what came for a partition that was asked for from `offset` on, and says whether nobody needs the memory of the
   * answer any more. Must not throw.
   */
  readonly fetched: (cursor: Cursor, offset: number, answer: FetchedPartition) => Promise<boolean>;
  /** The broker did not answer: somebody else may lead its partitions. They are not asked for again at once. */
  readonly lost: (cursors: readonly Cursor[]) => void;
}

/** Milliseconds that handing over may take before everything else of the process gets a turn. */
const TURN_MS = 10;

/** Fetches from one broker, one request after the other, for as long as anybody wants something from it. */
export class BrokerLoop {
  readonly #options: BrokerLoopOptions;
  readonly #session = new FetchSession();
  #connection: BrokerConnection | undefined;
  #wake = new Deferred<void>();

  constructor(options: BrokerLoopOptions) {
    this.#options = options;
    options.signal.addEventListener(
      'abort',
      () => {
        this.#connection?.close();
        this.wake();
      },
      { once: true },
    );
  }

  /** There may be something to ask for. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Runs until the signal is aborted. */
  async run(): Promise<void> {
    const { logger, demand, lost } = this.#options;
    let failures = 0;
    while (!this.#isOver()) {
      const { cursors, maxWaitMs } = demand();
      if (cursors.length === 0) {
        await this.#wake.promise;
        this.#wake = new Deferred();
        continue;
      }
      try {
        await this.#fetch(cursors, maxWaitMs);
        failures = 0;
      } catch (error) {
        if (this.#isOver()) return;
        failures++;
        this.#connection?.close();
        this.#session.lose();
        logger.warn(
          { error: describeError(error), attempt: failures },
          'Fetching from a Kafka broker failed; trying again',
        );
        lost(cursors);
      }
    }
  }

  #isOver(): boolean {
    return this.#options.signal.aborted;
  }

  async #fetch(cursors: readonly Cursor[], maxWaitMs: number): Promise<void> {
    const { limits, maxPartitionBytes, signal } = this.#options;
    const connection = await this.#connected();
    const byId = connection.speaks(fetchByIdApi) && cursors.every(({ topicId }) => topicId);
    const wanted = this.#session.ask(cursors, { byId, maxBytes: maxPartitionBytes });
    const {
      throttleMs,
      error,
      sessionId,
      partitions: answers,
    } = await connection.request(byId ? fetchByIdApi : fetchApi, { ...limits, maxWaitMs, ...wanted }, maxWaitMs);
    if (isSessionLost(error) && !this.#session.isBeginning) {
      this.#session.lose();
      return;
    }
    if (error !== 0) throw new UnavailableError(`The Kafka broker refused a fetch: ${nameOfError(error)}.`);
    this.#session.answered(sessionId);
    if (await this.#handOver(answers)) connection.reuseAnswer();
    if (throttleMs > 0) await pause(throttleMs, signal);
  }

  async #handOver(answers: readonly FetchedPartition[]): Promise<boolean> {
    const { fetched, signal } = this.#options;
    let began = performance.now();
    let isFree = true;
    for (const answer of answers) {
      const asked = this.#session.find(answer);
      if (asked === undefined) continue;
      if (!(await fetched(asked.cursor, asked.offset, answer))) isFree = false;
      if (performance.now() - began < TURN_MS) continue;
      await nextTurn(undefined, { signal });
      began = performance.now();
    }
    return isFree;
  }

  async #connected(): Promise<BrokerConnection> {
    const { connection, address, signal } = this.#options;
    if (this.#connection?.isOpen) return this.#connection;
    const at = address();
    if (!at) throw new UnavailableError('The Kafka broker has left its cluster.');
    this.#connection = await BrokerConnection.open(connection, at, signal);
    return this.#connection;
  }
}
