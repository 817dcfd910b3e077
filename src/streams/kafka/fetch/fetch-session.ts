import { type TopicPartition } from '../../../core/record-batch.ts';
import { type Cursor } from './cursor.ts';
import { type FetchPartition, type FetchRequest } from './fetch-api.ts';

/** What the broker knows of a partition: what it was asked for last, and for whom. */
export interface Asked {
  readonly cursor: Cursor;
  readonly offset: number;
  readonly leaderEpoch: number;
}

/** How the partitions of a request are called, and the most bytes of each. */
export interface Wording {
  readonly byId: boolean;
  readonly maxBytes: number;
}

/** The broker has none, or keeps none for us. */
const NO_SESSION = 0;
/** Begins a session, with all that is wanted; the same with an id ends that one first. */
const BEGINNING = 0;
const MOST_EPOCH = 0x7fffffff;

/**
 * Kafka's fetch sessions (KIP-227): the broker remembers what it was asked for, so that a request names only what has changed
 * since the one before, and an answer only what has come. Without them each fetch of a thousand partitions would name all of them,
 * twice. A broker that keeps no session, because it is older than 1.1 or has too many, is asked for everything each time.
 */
export class FetchSession {
  #id = NO_SESSION;
  #epoch = BEGINNING;
  #byId = false;
  /** By the name or the id of the topic, and the partition. */
  readonly #asked = new Map<string, Map<number, Asked>>();
  #size = 0;

  /** The part of a request that says what is wanted of the broker from now on: these, and nothing else. */
  ask(
    cursors: readonly Cursor[],
    { byId, maxBytes }: Wording,
  ): Pick<FetchRequest, 'sessionId' | 'sessionEpoch' | 'partitions' | 'forgotten'> {
    if (byId !== this.#byId) this.lose();
    this.#byId = byId;
    if (this.isBeginning) {
      this.#asked.clear();
      this.#size = 0;
    }
    const partitions: FetchPartition[] = [];
    for (const cursor of cursors) {
      const { partition, offset, leader, topicId } = cursor;
      const topic = byId && topicId !== undefined ? topicId : cursor.topic;
      const leaderEpoch = leader?.epoch ?? -1;
      const known = this.find({ topic, partition });
      if (known?.cursor === cursor && known.offset === offset && known.leaderEpoch === leaderEpoch) continue;
      this.#note({ topic, partition }, { cursor, offset, leaderEpoch });
      partitions.push({ topic, partition, offset, leaderEpoch, maxBytes });
    }
    const forgotten = this.#size > cursors.length ? this.#forget(new Set(cursors)) : [];
    return { sessionId: this.#id, sessionEpoch: this.#epoch, partitions, forgotten };
  }

  /** Whether the next request, or the one under way, names everything. */
  get isBeginning(): boolean {
    return this.#epoch === BEGINNING;
  }

  /** What was asked for last of a partition that an answer tells of. */
  find({ topic, partition }: TopicPartition): Asked | undefined {
    return this.#asked.get(topic)?.get(partition);
  }

  /** The broker has answered the request, and calls the session so. */
  answered(sessionId: number): void {
    const isKept = sessionId !== NO_SESSION && (this.isBeginning || sessionId === this.#id);
    this.#id = sessionId;
    this.#epoch = isKept ? (this.#epoch % MOST_EPOCH) + 1 : BEGINNING;
  }

  /** Nobody knows any more what the broker remembers. */
  lose(): void {
    this.#epoch = BEGINNING;
  }

  #note({ topic, partition }: TopicPartition, asked: Asked): void {
    let partitions = this.#asked.get(topic);
    if (!partitions) {
      partitions = new Map();
      this.#asked.set(topic, partitions);
    }
    if (!partitions.has(partition)) this.#size++;
    partitions.set(partition, asked);
  }

  /** Leaves only what is still wanted, and returns the rest. */
  #forget(wanted: ReadonlySet<Cursor>): TopicPartition[] {
    const forgotten: TopicPartition[] = [];
    for (const [topic, partitions] of this.#asked) {
      for (const [partition, { cursor }] of partitions) {
        if (wanted.has(cursor)) continue;
        partitions.delete(partition);
        forgotten.push({ topic, partition });
      }
      if (partitions.size === 0) this.#asked.delete(topic);
    }
    this.#size -= forgotten.length;
    return forgotten;
  }
}
