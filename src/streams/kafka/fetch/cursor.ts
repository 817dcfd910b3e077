import { backoffMs } from '../../../core/backoff.ts';
import { partitionKey, type TopicPartition } from '../../../core/record-batch.ts';
import { type Position } from '../../source.ts';
import { type Leader } from './cluster-map.ts';

const FIRST_BACKOFF_MS = 100;
const MOST_BACKOFF_MS = 2_000;

/** How far a partition is read, and where. It is never reused: a partition that is opened again has another one. */
export class Cursor implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly key: string;
  /** The next one to read. */
  offset: number;
  leader: Leader | undefined;
  /** The topic that it reads, among all that ever have its name; undefined until that is known. */
  topicId: string | undefined;
  /** When to ask who leads it, on the clock of `performance.now()`. */
  searchAtMs = 0;
  #failures = 0;
  #nearer: { readonly node: number; readonly untilMs: number } | undefined;

  constructor({ topic, partition, offset }: Position) {
    this.topic = topic;
    this.partition = partition;
    this.key = partitionKey({ topic, partition });
    this.offset = offset;
  }

  /** The broker to read from: the leader, unless that has named a nearer one. */
  get node(): number | undefined {
    return this.leader && (this.#nearer?.node ?? this.leader.node);
  }

  /** Whether it is time to ask the leader again. */
  get isAwayTooLong(): boolean {
    return this.#nearer !== undefined && performance.now() >= this.#nearer.untilMs;
  }

  /** Reads from a follower for some milliseconds. */
  readFrom(node: number, forMs: number): void {
    this.#nearer = { node, untilMs: performance.now() + forMs };
  }

  /** Reads from the leader again. Returns whether it was read from another broker. */
  backToLeader(): boolean {
    const away = this.#nearer !== undefined;
    this.#nearer = undefined;
    return away;
  }

  /** Its broker could not be found, or did not have it. The more often in a row, the longer nobody is asked for it. */
  postpone(): void {
    this.#failures++;
    this.searchAtMs = performance.now() + backoffMs(this.#failures, { base: FIRST_BACKOFF_MS, limit: MOST_BACKOFF_MS });
  }

  /** A broker had it. */
  found(): void {
    this.#failures = 0;
  }
}
