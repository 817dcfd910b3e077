import { Buffer } from 'node:buffer';
import { type TopicPartition } from '../../../core/record-batch.ts';
import { type Api } from './api.ts';
import { type AbortedTransaction } from './read-records.ts';

/** What is asked of a broker. Sizes in bytes, times in milliseconds. */
export interface FetchRequest {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly readCommitted: boolean;
  readonly rackId: string;
  /** 0 for none. */
  readonly sessionId: number;
  /** The number of the request in its session; 0 begins one. */
  readonly sessionEpoch: number;
  /** New in the session, or changed. Where they begin it, the broker fills its answer in this order. */
  readonly partitions: readonly FetchPartition[];
  /** What the session need not ask for any more. */
  readonly forgotten: readonly TopicPartition[];
}

/** A partition that is asked for: its topic by name, or by id with `fetchByIdApi`. */
export interface FetchPartition extends TopicPartition {
  readonly offset: number;
  /** -1 where it is not known. */
  readonly leaderEpoch: number;
  readonly maxBytes: number;
}

/** What a broker answered. */
export interface FetchResponse {
  /** Milliseconds that it wants to be left alone for. */
  readonly throttleMs: number;
  /** Of the whole request. */
  readonly error: number;
  /** 0 for none. */
  readonly sessionId: number;
  readonly partitions: readonly FetchedPartition[];
}

/** What it has for a partition, whose topic is called as it was asked for. */
export interface FetchedPartition extends TopicPartition {
  readonly error: number;
  readonly highWatermark: number;
  readonly aborted: readonly AbortedTransaction[];
  /** A broker that is nearer and has the same records; -1 for none. */
  readonly preferredReadReplica: number;
  /** A view of the answer. */
  readonly records: Buffer;
}

const CONSUMER = -1;

/** The first version that asks for topics by their ids. */
const BY_ID = 13;

/**
 * Fetch. Version 4 (brokers of 0.11) is the first with today's record format, 7 the first with sessions, 9 the first with leader
 * epochs, 10 the first that brings zstd, 11 the first with racks.
 */
export const fetchApi: Api<FetchRequest, FetchResponse> = {
  name: 'Fetch',
  key: 1,
  oldest: 4,
  newest: BY_ID - 1,
  compactFrom: 12,
  write(writer, request, version) {
    writer
      .int32(CONSUMER)
      .int32(request.maxWaitMs)
      .int32(request.minBytes)
      .int32(request.maxBytes)
      .int8(request.readCommitted ? 1 : 0);
    if (version >= 7) writer.int32(request.sessionId).int32(request.sessionEpoch);
    const topic = (name: string): void => {
      if (version >= BY_ID) writer.raw(Buffer.from(name, 'hex'));
      else writer.string(name);
    };
    writer.array(byTopic(request.partitions), (partitions) => {
      topic(partitions[0].topic);
      writer.array(partitions, ({ partition, offset, leaderEpoch, maxBytes }) => {
        writer.int32(partition);
        if (version >= 9) writer.int32(leaderEpoch);
        writer.int64(offset);
        // The epoch of what was fetched last, and where the log begins: followers and careful clients tell them.
        if (version >= 12) writer.int32(-1);
        if (version >= 5) writer.int64(-1);
        writer.int32(maxBytes).end();
      });
      writer.end();
    });
    if (version >= 7) {
      writer.array(byTopic(request.forgotten), (partitions) => {
        topic(partitions[0].topic);
        writer.array(partitions, ({ partition }) => writer.int32(partition)).end();
      });
    }
    if (version >= 11) writer.string(request.rackId);
    writer.end();
  },
  read(reader, version) {
    const throttleMs = reader.int32();
    const error = version >= 7 ? reader.int16() : 0;
    const sessionId = version >= 7 ? reader.int32() : 0;
    const topics = reader.array(() => {
      const topic = version >= BY_ID ? reader.uuid() : reader.string();
      const partitions = reader.array((): FetchedPartition => {
        const partition = reader.int32();
        const partitionError = reader.int16();
        const highWatermark = reader.int64();
        // Up to where every transaction is over: the broker itself sends nothing beyond it with read_committed.
        reader.int64();
        if (version >= 5) reader.int64();
        const aborted = reader.array(() => {
          const transaction = { producerId: reader.bigInt64(), firstOffset: reader.int64() };
          reader.end();
          return transaction;
        });
        const preferredReadReplica = version >= 11 ? reader.int32() : -1;
        const records = reader.bytes();
        reader.end();
        return { topic, partition, error: partitionError, highWatermark, aborted, preferredReadReplica, records };
      });
      reader.end();
      return partitions;
    });
    return { throttleMs, error, sessionId, partitions: topics.flat() };
  },
};

/**
 * The same by the ids of topics, for brokers of 3.1 and later: they do not take a new topic for the one that had its name
 * before.
 */
export const fetchByIdApi: typeof fetchApi = { ...fetchApi, oldest: BY_ID, newest: BY_ID };

type NotEmpty<T> = readonly [T, ...T[]];

/** Neighbours of one topic together; a topic may come more than once, so that the order is kept. */
function byTopic<T extends TopicPartition>(partitions: readonly T[]): NotEmpty<T>[] {
  const groups: [T, ...T[]][] = [];
  for (const partition of partitions) {
    const last = groups.at(-1);
    if (last?.[0].topic === partition.topic) last.push(partition);
    else groups.push([partition]);
  }
  return groups;
}
