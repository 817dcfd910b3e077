import { Buffer } from 'node:buffer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../../../src/core/errors.ts';
import { Fetcher, type FetcherOptions } from '../../../../src/streams/kafka/fetch/fetcher.ts';
import { RecordFormatError } from '../../../../src/streams/kafka/fetch/record-format-error.ts';
import { type Position } from '../../../../src/streams/source.ts';
import { eventually } from '../../../support/eventually.ts';
import {
  type AnsweredPartition,
  type AskedFetch,
  type FakeBroker,
  fakeBroker,
  fetchAnswer,
  KEYS,
  metadataAnswer,
  readFetch,
  versionsAnswer,
  versionsWithIds,
} from '../../../support/fake-broker.ts';
import { batchBytes } from '../../../support/kafka-batches.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

const TOPIC = 'orders';
const p0 = { topic: TOPIC, partition: 0 };
const p1 = { topic: TOPIC, partition: 1 };

/** What a broker of the cluster answers to a fetch; by default nothing, as when there is nothing new. */
type FetchBehaviour = (asked: AskedFetch) => Buffer | undefined;

/** Brokers 1 and 2, and who leads what. */
class Cluster {
  readonly nodes: { readonly node: number; readonly broker: FakeBroker }[] = [];
  readonly fetches: (AskedFetch & { readonly node: number })[] = [];
  leaders: (number | undefined)[] = [1, 1];
  /** Of the topic, with brokers that have ids. */
  topicId: string | undefined;
  epoch = 5;
  onFetch: (node: number, asked: AskedFetch) => Buffer | undefined = () => undefined;
  metadataRequests = 0;

  static async start(...behaviours: readonly FetchBehaviour[]): Promise<Cluster> {
    const cluster = new Cluster();
    let next = 0;
    cluster.onFetch = (_, asked) => behaviours[next++]?.(asked);
    for (const node of [1, 2]) {
      const broker = await fakeBroker((request) => {
        switch (request.apiKey) {
          case KEYS.apiVersions:
            return cluster.topicId === undefined ? versionsAnswer() : versionsWithIds();
          case KEYS.metadata:
            cluster.metadataRequests++;
            return metadataAnswer(
              cluster.nodes.map(({ node, broker: { host, port } }) => ({ node, host, port })),
              { topic: TOPIC, leaders: cluster.leaders, epoch: cluster.epoch, id: cluster.topicId },
            );
          default: {
            const asked = readFetch(request);
            cluster.fetches.push({ ...asked, node });
            return cluster.onFetch(node, asked);
          }
        }
      });
      cluster.nodes.push({ node, broker });
    }
    return cluster;
  }

  /** What each fetch asked for so far: the broker, and the offsets by partition. */
  get asked(): string[] {
    return this.fetches.map(
      ({ node, partitions }) =>
        `${node}: ${partitions.map(({ partition, offset }) => `${partition}@${offset}`).join(' ')}`,
    );
  }
}

interface Delivery {
  readonly from: Position;
  readonly next: number;
  readonly texts: readonly string[];
}

interface Started {
  readonly fetcher: Fetcher;
  readonly delivered: Delivery[];
  readonly outOfRange: (Position & { readonly isNewTopic: boolean })[];
  readonly failures: Error[];
  readonly logger: RecordingLogger;
}

function start(
  cluster: Cluster,
  options: Partial<FetcherOptions> = {},
  onDelivery: (one: Delivery) => void = () => undefined,
): Started {
  const logger = new RecordingLogger();
  const delivered: Delivery[] = [];
  const outOfRange: Started['outOfRange'] = [];
  const failures: Error[] = [];
  const fetcher = new Fetcher(
    {
      brokers: cluster.nodes.map(({ broker: { host, port } }) => `${host}:${port}`),
      clientId: 'test',
      connectionTimeoutMs: 2000,
      requestTimeoutMs: 5000,
      isolationLevel: 'read_uncommitted',
      fetchMinBytes: 1,
      fetchMaxBytes: 10_000,
      fetchMaxWaitMs: 500,
      maxPartitionFetchBytes: 1000,
      metadataMaxAgeMs: 60_000,
      ...options,
    },
    {
      records(from, { records, nextOffset }) {
        const texts = Array.from({ length: records.length }, (_, index) =>
          Buffer.from(records.value(index) ?? []).toString(),
        );
        delivered.push({ from, next: nextOffset, texts });
        onDelivery({ from, next: nextOffset, texts });
      },
      outOfRange: (position, isNewTopic) => outOfRange.push({ ...position, isNewTopic }),
      failed: (error) => failures.push(error),
    },
    logger,
  );
  onTestFinished(() => fetcher.stop());
  return { fetcher, delivered, outOfRange, failures, logger };
}

/** An answer with records from an offset on. */
function records(partition: number, offset: number, ...values: string[]): AnsweredPartition {
  return {
    partition,
    records: batchBytes(
      values.map((value) => ({ value })),
      { baseOffset: offset },
    ),
  };
}

const answer =
  (...partitions: readonly AnsweredPartition[]): FetchBehaviour =>
  () =>
    fetchAnswer(TOPIC, partitions);

const NOT_LEADER = 6;
const UNKNOWN_TOPIC = 3;

describe('Fetcher', () => {
  it('asks the leader for all that is open, where each goes on, with the limits that it was given', async () => {
    const cluster = await Cluster.start(answer(records(0, 7, 'a', 'b')), answer(records(1, 3, 'c')));
    const { fetcher, delivered } = start(cluster, { isolationLevel: 'read_committed', rackId: 'here' });
    fetcher.open({ ...p0, offset: 7 });
    fetcher.open({ ...p1, offset: 3 });
    await eventually(() => expect(cluster.fetches).toHaveLength(3));
    expect(delivered).toEqual([
      { from: { ...p0, offset: 7 }, next: 9, texts: ['a', 'b'] },
      { from: { ...p1, offset: 3 }, next: 4, texts: ['c'] },
    ]);
    expect(cluster.fetches[0]).toEqual({
      node: 1,
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 10_000,
      isolation: 1,
      rackId: 'here',
      sessionId: 0,
      sessionEpoch: 0,
      forgotten: [],
      partitions: [
        { ...p0, epoch: 5, offset: 7, maxBytes: 1000 },
        { ...p1, epoch: 5, offset: 3, maxBytes: 1000 },
      ],
    });
    // What brought records comes last: an answer may be full before all have their part.
    expect(cluster.asked).toEqual(['1: 0@7 1@3', '1: 1@3 0@9', '1: 0@9 1@4']);
    expect(cluster.metadataRequests).toBe(1);
  });

  it('asks who leads what is opened after everything was closed again in the same turn', async () => {
    const cluster = await Cluster.start(answer(records(1, 3, 'c')));
    const { fetcher, delivered } = start(cluster);
    fetcher.open({ ...p0, offset: 7 });
    fetcher.clear();
    fetcher.open({ ...p1, offset: 3 });
    await eventually(() => expect(delivered).toHaveLength(1));
    expect(cluster.asked[0]).toBe('1: 1@3');
    expect(cluster.metadataRequests).toBe(1);
  });

  it('asks first for what has waited longest for records', async () => {
    const cluster = await Cluster.start(
      answer(records(0, 0, 'a'), records(1, 0, 'b')),
      answer(records(2, 0, 'c')),
      answer(records(0, 1, 'd')),
    );
    cluster.leaders = [1, 1, 1];
    const { fetcher } = start(cluster);
    for (const partition of [0, 1, 2]) fetcher.open({ topic: TOPIC, partition, offset: 0 });
    await eventually(() => expect(cluster.fetches).toHaveLength(4));
    expect(cluster.asked).toEqual(['1: 0@0 1@0 2@0', '1: 2@0 0@1 1@1', '1: 0@1 1@1 2@1', '1: 1@1 2@1 0@2']);
  });

  it('asks for no more at once than is worth its memory, whatever it is allowed', async () => {
    const cluster = await Cluster.start();
    const { fetcher } = start(cluster, { fetchMaxBytes: 52_428_800 });
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(cluster.fetches[0]?.maxBytes).toBe(4_194_304));
  });

  describe('in a session of the broker', () => {
    const SESSION = 77;
    const OTHER_SESSION = 78;

    const kept =
      (...partitions: readonly AnsweredPartition[]): FetchBehaviour =>
      () =>
        fetchAnswer(TOPIC, partitions, { sessionId: SESSION });

    /** What each fetch said of its session: id, number, what is asked for anew, and what no more. */
    const sessions = ({ fetches }: Cluster): string[] =>
      fetches.map(({ sessionId, sessionEpoch, partitions, forgotten }) =>
        [
          `${sessionId}/${sessionEpoch}:`,
          ...partitions.map(({ partition, offset }) => `${partition}@${offset}`),
          ...forgotten.map(({ partition }) => `-${partition}`),
        ].join(' '),
      );

    it('names only what has changed since the request before', async () => {
      const cluster = await Cluster.start(kept(records(0, 0, 'a', 'b')), kept(records(1, 0, 'c')), kept());
      const { fetcher, delivered } = start(cluster);
      fetcher.open({ ...p0, offset: 0 });
      fetcher.open({ ...p1, offset: 0 });
      await eventually(() => expect(cluster.fetches).toHaveLength(4));
      expect(delivered.flatMap(({ texts }) => texts)).toEqual(['a', 'b', 'c']);
      expect(sessions(cluster)).toEqual(['0/0: 0@0 1@0', '77/1: 0@2', '77/2: 1@1', '77/3:']);
    });

    it('takes out what is paused or closed, and puts in again what goes on', async () => {
      const cluster = await Cluster.start();
      const steps = [
        (fetcher: Fetcher) => fetcher.pause(p0),
        (fetcher: Fetcher) => fetcher.resume(p0),
        (fetcher: Fetcher) => fetcher.open({ ...p0, offset: 0 }),
        (fetcher: Fetcher) => fetcher.clear(),
      ];
      cluster.onFetch = () => {
        steps.shift()?.(fetcher);
        return fetchAnswer(TOPIC, [], { sessionId: SESSION });
      };
      const { fetcher } = start(cluster);
      fetcher.open({ ...p0, offset: 0 });
      fetcher.open({ ...p1, offset: 0 });
      await eventually(() => expect(steps).toEqual([]));
      fetcher.open({ ...p1, offset: 5 });
      await eventually(() => expect(cluster.fetches.length).toBeGreaterThan(4));
      // Who opens a partition anew at the same place is another one, and must not get what was asked for before.
      expect(sessions(cluster).slice(0, 5)).toEqual([
        '0/0: 0@0 1@0',
        '77/1: -0',
        '77/2: 0@0',
        '77/3: 0@0',
        '77/4: 1@5 -0',
      ]);
    });

    it('begins a new one with everything when the broker has dropped it, and nobody has to know', async () => {
      const dropped = (): Buffer => fetchAnswer(TOPIC, [], { error: 70 });
      const cluster = await Cluster.start(kept(records(0, 0, 'a')), dropped, () =>
        fetchAnswer(TOPIC, [records(0, 1, 'b')], { sessionId: OTHER_SESSION }),
      );
      const { fetcher, delivered, failures, logger } = start(cluster);
      fetcher.open({ ...p0, offset: 0 });
      fetcher.open({ ...p1, offset: 0 });
      await eventually(() => expect(cluster.fetches).toHaveLength(4));
      expect(sessions(cluster)).toEqual(['0/0: 0@0 1@0', '77/1: 0@1', '77/0: 1@0 0@1', '78/1: 0@2']);
      expect(delivered.flatMap(({ texts }) => texts)).toEqual(['a', 'b']);
      expect(failures).toEqual([]);
      expect(logger.messages('warn')).toEqual([]);
    });

    it('goes on without when the broker has no room for another', async () => {
      const cluster = await Cluster.start(kept(records(0, 0, 'a')), answer(records(0, 1, 'b')), answer());
      const { fetcher } = start(cluster);
      fetcher.open({ ...p0, offset: 0 });
      fetcher.open({ ...p1, offset: 0 });
      await eventually(() => expect(cluster.fetches).toHaveLength(4));
      expect(sessions(cluster)).toEqual(['0/0: 0@0 1@0', '77/1: 0@1', '0/0: 1@0 0@2', '0/0: 1@0 0@2']);
    });

    it('begins a new one on a new connection', async () => {
      const cluster = await Cluster.start(kept(records(0, 0, 'a')), () => {
        for (const { broker } of cluster.nodes) for (const socket of broker.sockets) socket.destroy();
        return undefined;
      });
      const { fetcher } = start(cluster);
      fetcher.open({ ...p0, offset: 0 });
      await eventually(() => expect(cluster.fetches).toHaveLength(3));
      expect(sessions(cluster)).toEqual(['0/0: 0@0', '77/1: 0@1', '77/0: 0@1']);
    });

    it('does not take an answer of the session for a partition that it has taken out', async () => {
      const cluster = await Cluster.start();
      let asked = 0;
      cluster.onFetch = () => {
        asked++;
        if (asked === 1) fetcher.pause(p0);
        if (asked > 3) return undefined;
        return fetchAnswer(TOPIC, asked === 2 ? [records(0, 0, 'stale'), records(1, 0, 'good')] : [], {
          sessionId: SESSION,
        });
      };
      const { fetcher, delivered } = start(cluster);
      fetcher.open({ ...p0, offset: 0 });
      fetcher.open({ ...p1, offset: 0 });
      await eventually(() => expect(asked).toBe(4));
      expect(delivered.flatMap(({ texts }) => texts)).toEqual(['good']);
    });

    it('complains of a broker that refuses to begin one', async () => {
      const cluster = await Cluster.start(() => fetchAnswer(TOPIC, [], { error: 71 }), kept());
      const { fetcher, logger } = start(cluster);
      fetcher.open({ ...p0, offset: 0 });
      await eventually(() => expect(cluster.fetches.length).toBeGreaterThan(1));
      expect(logger.messages('warn')).toEqual(['Fetching from a Kafka broker failed; trying again']);
      expect(logger.entries[0]?.facts).toMatchObject({
        error: 'The Kafka broker refused a fetch: INVALID_FETCH_SESSION_EPOCH.',
      });
    });
  });

  it('asks each broker for what it leads', async () => {
    const cluster = await Cluster.start();
    cluster.leaders = [1, 2];
    const { fetcher } = start(cluster);
    fetcher.open({ ...p0, offset: 0 });
    fetcher.open({ ...p1, offset: 0 });
    await eventually(() => expect(cluster.asked.toSorted()).toEqual(['1: 0@0', '2: 1@0']));
  });

  it('does not ask for what is paused, waits shortly meanwhile, and asks again when it is resumed', async () => {
    const cluster = await Cluster.start();
    cluster.onFetch = () => fetchAnswer(TOPIC, []);
    const { fetcher } = start(cluster);
    fetcher.pause(p0);
    fetcher.open({ ...p0, offset: 0 });
    fetcher.open({ ...p1, offset: 0 });
    await eventually(() => expect(cluster.fetches.length).toBeGreaterThan(2));
    expect(new Set(cluster.asked)).toEqual(new Set(['1: 1@0']));
    expect(cluster.fetches[0]?.maxWaitMs).toBe(50);
    fetcher.pause(p1);
    fetcher.resume(p0);
    await eventually(() => expect(cluster.asked.at(-1)).toBe('1: 0@0'));
  });

  it('asks for nothing while all is paused', async () => {
    const cluster = await Cluster.start(answer(records(0, 0, 'a')), answer(records(0, 1, 'b')));
    const { fetcher, delivered } = start(cluster, {}, () => fetcher.pause(p0));
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(delivered).toHaveLength(1));
    fetcher.open({ ...p0, offset: 1 });
    fetcher.resume(p0);
    await eventually(() => expect(delivered).toHaveLength(2));
    expect(cluster.asked).toEqual(['1: 0@0', '1: 0@1']);
  });

  it.each<[string, (fetcher: Fetcher) => void]>([
    ['paused', (fetcher) => fetcher.pause(p0)],
    ['forgotten', (fetcher) => fetcher.clear()],
    ['opened anew, also at the same offset', (fetcher) => fetcher.open({ ...p0, offset: 0 })],
  ])('drops an answer for a partition that was %s meanwhile', async (_, change) => {
    const cluster = await Cluster.start();
    const { fetcher, delivered } = start(cluster);
    let asked = 0;
    cluster.onFetch = () => {
      if (asked++ > 0) return undefined;
      change(fetcher);
      return fetchAnswer(TOPIC, [records(0, 0, 'stale'), records(1, 0, 'good')]);
    };
    fetcher.open({ ...p0, offset: 0 });
    fetcher.open({ ...p1, offset: 0 });
    const expected = change.toString().includes('clear') ? [] : ['good'];
    await eventually(() => expect(asked).toBeGreaterThan(0));
    if (expected.length > 0) await eventually(() => expect(asked).toBe(2));
    expect(delivered.flatMap(({ texts }) => texts)).toEqual(expected);
  });

  it('goes on with a new leader, and says the epoch of that', async () => {
    const cluster = await Cluster.start();
    cluster.onFetch = (node) => {
      if (node === 2) return undefined;
      cluster.leaders = [2];
      cluster.epoch = 6;
      return fetchAnswer(TOPIC, [{ partition: 0, error: NOT_LEADER }]);
    };
    const { fetcher, logger } = start(cluster);
    fetcher.open({ ...p0, offset: 4 });
    await eventually(() => expect(cluster.asked).toEqual(['1: 0@4', '2: 0@4']));
    expect(cluster.fetches[1]?.partitions[0]?.epoch).toBe(6);
    expect(logger.messages('warn')).toEqual([]);
  });

  it('waits for a leader while there is none', async () => {
    const cluster = await Cluster.start();
    cluster.leaders = [undefined];
    const { fetcher } = start(cluster);
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(cluster.metadataRequests).toBeGreaterThan(1));
    cluster.leaders = [2];
    await eventually(() => expect(cluster.asked).toEqual(['2: 0@0']));
  });

  it('asks again, more and more rarely, where a topic is unknown, and says so', async () => {
    const cluster = await Cluster.start();
    let refusals = 0;
    cluster.onFetch = () => {
      if (refusals === 3) return fetchAnswer(TOPIC, [records(0, 0, 'a')]);
      refusals++;
      return fetchAnswer(TOPIC, [{ partition: 0, error: UNKNOWN_TOPIC }]);
    };
    const { fetcher, delivered, logger } = start(cluster);
    const began = performance.now();
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(delivered).not.toEqual([]));
    // At least half of 100, 200 and 400.
    expect(performance.now() - began).toBeGreaterThan(340);
    expect(logger.messages('warn')).toEqual(
      Array.from({ length: 3 }, () => 'Kafka cannot read topic orders, partition 0 just now; trying again'),
    );
  });

  it('hands over to its owner what Kafka does not hold, and asks no more', async () => {
    const cluster = await Cluster.start(answer({ partition: 0, error: 1 }, records(1, 0, 'b')));
    const { fetcher, outOfRange, delivered } = start(cluster);
    fetcher.open({ ...p0, offset: 99 });
    fetcher.open({ ...p1, offset: 0 });
    await eventually(() => expect(cluster.fetches).toHaveLength(2));
    expect(outOfRange).toEqual([{ ...p0, offset: 99, isNewTopic: false }]);
    expect(delivered).toHaveLength(1);
    expect(cluster.asked[1]).toBe('1: 1@1');
  });

  it('reads from a nearer broker that the leader names, and from the leader again when that one cannot', async () => {
    const cluster = await Cluster.start(
      answer({ partition: 0, preferredReadReplica: 2 }),
      answer(records(0, 0, 'near')),
      answer({ partition: 0, error: 1 }),
      answer(records(0, 1, 'far')),
    );
    const { fetcher, delivered, outOfRange } = start(cluster);
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(delivered.flatMap(({ texts }) => texts)).toEqual(['near', 'far']));
    expect(cluster.asked.slice(0, 4)).toEqual(['1: 0@0', '2: 0@0', '2: 0@1', '1: 0@1']);
    expect(outOfRange).toEqual([]);
  });

  it('asks the leader again after a while whether there is a nearer broker', async () => {
    const cluster = await Cluster.start();
    cluster.onFetch = (node) => fetchAnswer(TOPIC, [{ partition: 0, ...(node === 1 && { preferredReadReplica: 2 }) }]);
    const { fetcher } = start(cluster, { metadataMaxAgeMs: 100 });
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(cluster.fetches.filter(({ node }) => node === 1).length).toBeGreaterThan(2));
  });

  it('connects again when a broker hangs up, and reads on', async () => {
    const cluster = await Cluster.start();
    let asked = 0;
    cluster.onFetch = () => {
      if (asked++ > 0) return asked === 2 ? fetchAnswer(TOPIC, [records(0, 5, 'after')]) : undefined;
      for (const { broker } of cluster.nodes) for (const socket of broker.sockets) socket.destroy();
      return undefined;
    };
    const { fetcher, delivered, logger } = start(cluster);
    fetcher.open({ ...p0, offset: 5 });
    await eventually(() => expect(delivered).toEqual([{ from: { ...p0, offset: 5 }, next: 6, texts: ['after'] }]));
    expect(logger.messages('warn')).toEqual(['Fetching from a Kafka broker failed; trying again']);
  });

  it('leaves a broker alone for as long as that wants', async () => {
    const times: number[] = [];
    const cluster = await Cluster.start();
    cluster.onFetch = () => {
      times.push(performance.now());
      return times.length === 1 ? fetchAnswer(TOPIC, [], { throttleMs: 300 }) : undefined;
    };
    const { fetcher } = start(cluster);
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(times).toHaveLength(2));
    const [throttled = 0, next = 0] = times;
    // Timers may be a little early.
    expect(next - throttled).toBeGreaterThan(290);
  });

  it('asks for topics by their ids where brokers have them', async () => {
    const cluster = await Cluster.start();
    cluster.topicId = 'a'.repeat(32);
    cluster.onFetch = (_, { partitions: [first] }) =>
      first?.offset === 5 ? fetchAnswer(TOPIC, [records(0, 5, 'one')], { topicId: first.topic }) : undefined;
    const { fetcher, delivered } = start(cluster);
    fetcher.open({ ...p0, offset: 5 });
    await eventually(() => expect(cluster.fetches).toHaveLength(2));
    expect(delivered).toEqual([{ from: { ...p0, offset: 5 }, next: 6, texts: ['one'] }]);
    expect(cluster.fetches.map(({ partitions }) => partitions)).toEqual(
      [5, 6].map((offset) => [{ topic: cluster.topicId, partition: 0, epoch: 5, offset, maxBytes: 1000 }]),
    );
  });

  it('tells when a topic was deleted and made anew, and is not misled by brokers that do not know yet', async () => {
    const UNKNOWN_TOPIC_ID = 100;
    const cluster = await Cluster.start();
    const [old, fresh] = ['a'.repeat(32), 'b'.repeat(32)];
    cluster.topicId = old;
    cluster.onFetch = (_, { partitions: [first] }) => {
      if (first?.topic !== old) return undefined;
      cluster.topicId = fresh;
      return fetchAnswer(TOPIC, [{ partition: 0, error: UNKNOWN_TOPIC_ID }], { topicId: old });
    };
    const { fetcher, outOfRange, logger } = start(cluster);
    fetcher.open({ ...p0, offset: 5 });
    await eventually(() => expect(outOfRange).toEqual([{ ...p0, offset: 5, isNewTopic: true }]));
    // It is closed until its owner has opened it.
    cluster.topicId = old;
    const { metadataRequests } = cluster;
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(cluster.metadataRequests).toBeGreaterThan(metadataRequests + 1));
    expect(cluster.fetches).toHaveLength(1);
    cluster.topicId = fresh;
    await eventually(() => expect(cluster.asked).toEqual(['1: 0@5', '1: 0@0']));
    expect(outOfRange).toHaveLength(1);
    expect(logger.messages('warn')).toEqual(['Kafka cannot read topic orders, partition 0 just now; trying again']);
  });

  it('fails where it may not read the topic, and says what to do', async () => {
    const cluster = await Cluster.start(answer({ partition: 0, error: 29 }));
    const { fetcher, failures } = start(cluster);
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(failures).toHaveLength(1));
    expect(failures[0]).toBeInstanceOf(ConfigError);
    expect(failures[0]?.message).toMatch(
      /^The Kafka brokers at \S+ do not allow topic orders to be read\. Grant READ on it\.$/,
    );
  });

  it('fails where records cannot be read, naming them, and does not deliver what is behind', async () => {
    const broken = batchBytes([{ value: 'a' }], { baseOffset: 3, recordCount: 2 });
    const cluster = await Cluster.start(answer({ partition: 0, records: broken }), answer(records(0, 4, 'b')));
    const { fetcher, failures, delivered } = start(cluster);
    fetcher.open({ ...p0, offset: 3 });
    await eventually(() => expect(failures).toHaveLength(1));
    expect(failures[0]).toBeInstanceOf(RecordFormatError);
    expect(failures[0]?.message).toMatch(
      /^The records of topic orders, partition 0, from offset 3 on cannot be read: /,
    );
    expect(delivered).toEqual([]);
  });

  it('passes what holds no records, so that reading goes on behind it', async () => {
    const cluster = await Cluster.start(answer({ partition: 0, records: batchBytes([], { lastOffsetDelta: 9 }) }));
    const { fetcher, delivered } = start(cluster);
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(delivered).toEqual([{ from: { ...p0, offset: 0 }, next: 10, texts: [] }]));
  });

  it('closes every connection when it stops, also with a fetch under way', async () => {
    const cluster = await Cluster.start();
    const { fetcher, failures, logger } = start(cluster);
    fetcher.open({ ...p0, offset: 0 });
    await eventually(() => expect(cluster.fetches).toHaveLength(1));
    fetcher.stop();
    await eventually(() => expect(cluster.nodes.flatMap(({ broker }) => [...broker.sockets])).toEqual([]));
    expect(failures).toEqual([]);
    expect(logger.messages('warn')).toEqual([]);
  });
});
