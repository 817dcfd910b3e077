import { Buffer } from 'node:buffer';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type TopicPartition } from '../../src/core/record-batch.ts';
import { WireReader } from '../../src/streams/kafka/fetch/wire-reader.ts';
import { WireWriter } from '../../src/streams/kafka/fetch/wire-writer.ts';

/** A request as a broker reads it. */
export interface ReceivedRequest {
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
  readonly clientId: string;
  /** What follows the header. */
  readonly body: Buffer;
}

/** What a broker says to a request: the body of its answer, or nothing, yet or ever. */
export type Answer = (request: ReceivedRequest, socket: Socket) => Buffer | undefined | Promise<Buffer | undefined>;

/** A port that speaks Kafka's protocol as far as a test has it answer. */
export interface FakeBroker {
  readonly host: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  readonly sockets: ReadonlySet<Socket>;
}

/** Starts one for the rest of the test. */
export async function fakeBroker(answer: Answer): Promise<FakeBroker> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const request = parse(rest.subarray(4, 4 + rest.readInt32BE(0)));
        rest = rest.subarray(4 + rest.readInt32BE(0));
        requests.push(request);
        void Promise.resolve(answer(request, socket)).then((body) => {
          if (body !== undefined && socket.writable) socket.write(frame(request.correlationId, body));
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return { host: '127.0.0.1', port, requests, sockets };
}

/** An answer with its size and number. */
export function frame(correlationId: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + body.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, body]);
}

/** Of a topic that has none. */
const NO_ID = '0'.repeat(32);

/** The numbers of Kafka's requests. */
export const KEYS = { fetch: 1, metadata: 3, saslHandshake: 17, apiVersions: 18, saslAuthenticate: 36 } as const;

/** Since when requests and answers have the compact form, with a header that ends as their structures do. */
const COMPACT_FROM: Readonly<Record<number, number>> = { [KEYS.fetch]: 12, [KEYS.metadata]: 9 };

/** An answer in the compact form, whose header ends with no further fields. */
function compactAnswer(): WireWriter {
  return new WireWriter(true).end();
}

/** What a broker of 3.1 says that it speaks, which knows topics by their ids. */
export function versionsWithIds(): Buffer {
  return versionsAnswer([
    [KEYS.fetch, 0, 13],
    [KEYS.metadata, 0, 12],
  ]);
}

/** What a broker says that it speaks: key, oldest and newest version. By default what a broker of 2.3 says. */
export function versionsAnswer(
  offered: readonly (readonly [number, number, number])[] = [
    [KEYS.fetch, 0, 11],
    [KEYS.metadata, 0, 7],
    [KEYS.saslHandshake, 0, 1],
    [KEYS.apiVersions, 0, 3],
    [KEYS.saslAuthenticate, 0, 2],
  ],
): Buffer {
  const writer = new WireWriter().int16(0);
  return writer.array(offered, ([key, oldest, newest]) => writer.int16(key).int16(oldest).int16(newest)).toBuffer();
}

/** A topic in an answer about topics. */
export interface AnsweredTopic {
  readonly topic: string;
  /** Of the partitions 0, 1, …; undefined for none. */
  readonly leaders: readonly (number | undefined)[];
  readonly epoch?: number;
  readonly id?: string | undefined;
  readonly error?: number;
  readonly isInternal?: boolean;
}

/** What there is of topics, version 7, or 12 with their ids. */
export function metadataAnswer(
  brokers: readonly { readonly node: number; readonly host: string; readonly port: number }[],
  ...topics: readonly AnsweredTopic[]
): Buffer {
  const hasIds = topics.some(({ id }) => id !== undefined);
  const writer = (hasIds ? compactAnswer() : new WireWriter()).int32(0);
  // The length of a text that is not there.
  const nothing = (): WireWriter => (hasIds ? writer.int8(0) : writer.int16(-1));
  writer.array(brokers, ({ node, host, port }) => {
    writer.int32(node).string(host).int32(port);
    nothing().end();
  });
  nothing().int32(1);
  writer.array(topics, ({ topic, leaders, epoch = 5, id = NO_ID, error = 0, isInternal = false }) => {
    writer.int16(error).string(topic);
    if (hasIds) writer.raw(Buffer.from(id, 'hex'));
    writer.int8(isInternal ? 1 : 0);
    writer.array([...leaders.entries()], ([partition, leader]) => {
      writer
        .int16(leader === undefined ? 5 : 0)
        .int32(partition)
        .int32(leader ?? -1)
        .int32(epoch);
      for (let list = 0; list < 3; list++) writer.array([], () => undefined);
      writer.end();
    });
    if (hasIds) writer.int32(0).end();
  });
  return writer.end().toBuffer();
}

/** A partition in an answer to a fetch. */
export interface AnsweredPartition {
  readonly partition: number;
  readonly error?: number;
  readonly highWatermark?: number;
  readonly preferredReadReplica?: number;
  readonly aborted?: readonly { readonly producerId: number; readonly firstOffset: number }[];
  readonly records?: Buffer;
}

/** An answer to a fetch, version 11, or 13 with the topic's id. */
export function fetchAnswer(
  topic: string,
  partitions: readonly AnsweredPartition[],
  {
    throttleMs = 0,
    error = 0,
    sessionId = 0,
    topicId,
  }: { throttleMs?: number; error?: number; sessionId?: number; topicId?: string } = {},
): Buffer {
  const writer = topicId === undefined ? new WireWriter() : compactAnswer();
  writer.int32(throttleMs).int16(error).int32(sessionId);
  writer.array([topic], () => {
    if (topicId === undefined) writer.string(topic);
    else writer.raw(Buffer.from(topicId, 'hex'));
    writer.array(partitions, (answer) => {
      const { aborted = [] } = answer;
      writer
        .int32(answer.partition)
        .int16(answer.error ?? 0)
        .int64(answer.highWatermark ?? 100);
      writer.int64(answer.highWatermark ?? 100).int64(0);
      writer.array(aborted, ({ producerId, firstOffset }) => writer.int64(producerId).int64(firstOffset).end());
      writer
        .int32(answer.preferredReadReplica ?? -1)
        .bytes(answer.records ?? Buffer.alloc(0))
        .end();
    });
    writer.end();
  });
  return writer.end().toBuffer();
}

/** What a fetch of version 11 asks for, or one of version 13, in which the topic is an id. */
export interface AskedFetch {
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolation: number;
  readonly rackId: string;
  readonly sessionId: number;
  readonly sessionEpoch: number;
  /** What the session asks for no more. */
  readonly forgotten: readonly TopicPartition[];
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly epoch: number;
    readonly offset: number;
    readonly maxBytes: number;
  }[];
}

export function readFetch({ body, version }: ReceivedRequest): AskedFetch {
  const isById = version === 13;
  const reader = new WireReader(body, isById);
  reader.int32();
  const [maxWaitMs, minBytes, maxBytes] = [reader.int32(), reader.int32(), reader.int32()];
  const isolation = reader.boolean() ? 1 : 0;
  const [sessionId, sessionEpoch] = [reader.int32(), reader.int32()];
  const partitions = reader.array(() => {
    const topic = isById ? reader.uuid() : reader.string();
    const asked = reader.array(() => {
      const [partition, epoch, offset] = [reader.int32(), reader.int32(), reader.int64()];
      if (isById) reader.int32();
      reader.int64();
      const maxBytes = reader.int32();
      reader.end();
      return { topic, partition, epoch, offset, maxBytes };
    });
    reader.end();
    return asked;
  });
  const forgotten = reader.array(() => {
    const topic = isById ? reader.uuid() : reader.string();
    const ended = reader.array(() => ({ topic, partition: reader.int32() }));
    reader.end();
    return ended;
  });
  return {
    maxWaitMs,
    minBytes,
    maxBytes,
    isolation,
    rackId: reader.string(),
    sessionId,
    sessionEpoch,
    forgotten: forgotten.flat(),
    partitions: partitions.flat(),
  };
}

function parse(frame: Buffer): ReceivedRequest {
  const [apiKey, version] = [frame.readInt16BE(0), frame.readInt16BE(2)];
  const clientIdEnd = 10 + frame.readInt16BE(8);
  const isCompact = version >= (COMPACT_FROM[apiKey] ?? Number.POSITIVE_INFINITY);
  return {
    apiKey,
    version,
    correlationId: frame.readInt32BE(4),
    clientId: frame.toString('utf8', 10, clientIdEnd),
    body: frame.subarray(clientIdEnd + (isCompact ? 1 : 0)),
  };
}
