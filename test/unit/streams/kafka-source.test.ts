import kafkajs, { type Consumer } from 'kafkajs';
import { afterAll, afterEach, expect, it, type Mock, onTestFinished, vi } from 'vitest';
import { type KafkaSource } from '../../../src/streams/kafka/kafka-source.ts';
import { type SourceListener } from '../../../src/streams/source.ts';
import { eventually } from '../../support/eventually.ts';
import { fakeBroker, KEYS, metadataAnswer, versionsAnswer } from '../../support/fake-broker.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

/** The client's consumer as far as its events are concerned: it says what it is told to say. */
const { consumer, tell, forget } = vi.hoisted(() => {
  const listeners: { readonly name: string; readonly listener: (event: object) => void }[] = [];
  const events = new Proxy({}, { get: (_, name) => name });
  return {
    consumer: {
      events,
      on: (name: string, listener: (event: object) => void) => listeners.push({ name, listener }),
      connect: vi.fn<Consumer['connect']>(() => Promise.resolve()),
      subscribe: () => Promise.resolve(),
      run: vi.fn<Consumer['run']>(() => Promise.resolve()),
      stop: vi.fn<Consumer['stop']>(() => Promise.resolve()),
      disconnect: () => Promise.resolve(),
    },
    tell: (event: string, payload: object) => {
      for (const { name, listener } of listeners) if (name === event) listener({ payload });
    },
    forget: () => listeners.splice(0),
  };
});

vi.mock('kafkajs', async (importOriginal) => {
  const original = await importOriginal<{ default: typeof kafkajs }>();
  const admin = { connect: () => Promise.resolve(), disconnect: () => Promise.resolve() };
  class Kafka {
    admin = () => admin;
    consumer = () => consumer;
  }
  return { default: { ...original.default, Kafka } };
});

// Files of one worker share what they import: the source may be there already, with the real client.
vi.resetModules();
const kafkaSource = await import('../../../src/streams/kafka/kafka-source.ts');
// And nobody else shall have this one.
afterAll(() => void vi.resetModules());

const crash = (error: Error): void => tell('CRASH', { error, restart: false });

afterEach(() => {
  vi.clearAllMocks();
  forget();
});

/** Its type has a constructor without the text that it needs. */
const noCoordinator = Reflect.construct(kafkajs.KafkaJSGroupCoordinatorNotFound, [
  'Failed to find group coordinator',
]) as Error;

interface Started {
  readonly source: KafkaSource;
  readonly failures: Error[];
  readonly stalled: Mock<() => void>;
  readonly assigned: Mock<SourceListener['assigned']>;
}

/** A source whose brokers have a topic, and one of their own. */
async function createdSource(topics: readonly string[] | RegExp): Promise<KafkaSource> {
  const broker = await fakeBroker(({ apiKey }) =>
    apiKey === KEYS.apiVersions
      ? versionsAnswer()
      : metadataAnswer(
          [],
          { topic: 'orders', leaders: [1] },
          { topic: '__consumer_offsets', leaders: [1], isInternal: true },
        ),
  );
  return new kafkaSource.KafkaSource(
    {
      brokers: [`${broker.host}:${broker.port}`],
      clientId: 'test',
      connectionTimeoutMs: 1000,
      requestTimeoutMs: 1000,
      groupId: 'group',
      topics,
      autoOffsetReset: 'earliest',
      isolationLevel: 'read_uncommitted',
      sessionTimeoutMs: 6000,
      heartbeatIntervalMs: 1000,
      rebalanceTimeoutMs: 6000,
      fetchMinBytes: 1,
      fetchMaxBytes: 1000,
      fetchMaxWaitMs: 100,
      maxPartitionFetchBytes: 1000,
      metadataMaxAgeMs: 60_000,
    },
    new RecordingLogger(),
  );
}

async function startedSource(): Promise<Started> {
  const failures: Error[] = [];
  const stalled = vi.fn<() => void>();
  const assigned = vi.fn<SourceListener['assigned']>();
  const source = await createdSource(['orders']);
  await source.start({
    rebalancing: () => undefined,
    assigned,
    quiesce: () => Promise.resolve(),
    batch: () => undefined,
    stalled,
    failed: (error) => failures.push(error),
  });
  expect(consumer.run).toHaveBeenCalledTimes(1);
  return { source, failures, stalled, assigned };
}

it('joins again where the client gives up because no coordinator could be reached', async () => {
  const { source, failures } = await startedSource();
  crash(noCoordinator);
  await eventually(() => expect(consumer.run).toHaveBeenCalledTimes(2));
  expect(failures).toEqual([]);
  await source.stop();
});

it('joins again as often as it takes', async () => {
  const { source, failures } = await startedSource();
  consumer.connect.mockRejectedValueOnce(new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED'));
  crash(noCoordinator);
  await eventually(() => expect(consumer.run).toHaveBeenCalledTimes(2));
  expect(failures).toEqual([]);
  await source.stop();
});

it('does not join again once it stops', async () => {
  const { source, failures } = await startedSource();
  await source.stop();
  crash(noCoordinator);
  expect(consumer.connect).toHaveBeenCalledTimes(1);
  expect(failures).toEqual([]);
});

it('takes its partitions from the client, which then has nothing to fetch', async () => {
  const { source, assigned } = await startedSource();
  // The client looks into these very lists in each of its rounds.
  const orders = [0, 1];
  const parcels = [7];
  tell('GROUP_JOIN', { memberAssignment: { orders, parcels } });
  expect(assigned).toHaveBeenCalledExactlyOnceWith(1, [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 1 },
    { topic: 'parcels', partition: 7 },
  ]);
  expect(orders).toEqual([]);
  expect(parcels).toEqual([]);
  await source.stop();
});

it('fails where a person must act', async () => {
  const { source, failures } = await startedSource();
  const lasting = new kafkajs.KafkaJSNonRetriableError("The group member's supported protocols are incompatible");
  crash(lasting);
  expect(failures).toHaveLength(1);
  expect(failures[0]?.message).toContain('supported protocols are incompatible');
  expect(consumer.run).toHaveBeenCalledTimes(1);
  await source.stop();
});

it('gives up a client that cannot be stopped once its requests must have ended', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { source, failures } = await startedSource();
  consumer.stop.mockReturnValueOnce(new Promise(() => undefined));
  crash(noCoordinator);
  // Two requests and the session.
  await vi.advanceTimersByTimeAsync(7_999);
  expect(failures).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(failures.map(({ message }) => message)).toEqual([
    'The Kafka client hangs and cannot be stopped. Start the process again; nothing is lost.',
  ]);
  await source.stop();
});

it('takes no topic of Kafka itself for one that a pattern names', async () => {
  const source = await createdSource(/.*/);
  expect(await source.connect()).toEqual(['orders']);
  await source.stop();
});

it('joins again when nothing came from the client for too long, not even a failure', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { source, failures, stalled } = await startedSource();
  // The session and the longest join together.
  await vi.advanceTimersByTimeAsync(11_999);
  expect(stalled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(stalled).toHaveBeenCalledTimes(1);
  expect(consumer.run).toHaveBeenCalledTimes(2);
  expect(failures).toEqual([]);
  await source.stop();
});
