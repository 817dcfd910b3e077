import kafkajs, { type Consumer } from 'kafkajs';
import { afterAll, afterEach, expect, it, type Mock, onTestFinished, vi } from 'vitest';
import { type KafkaSource } from '../../../src/streams/kafka/kafka-source.ts';
import { type SourceListener } from '../../../src/streams/source.ts';
import { eventually } from '../../support/eventually.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

/** The client's consumer as far as a crash is concerned: it says what it is told to say. */
const { consumer, crash, forget } = vi.hoisted(() => {
  const listeners: { readonly name: string; readonly listener: (event: object) => void }[] = [];
  const events = new Proxy({}, { get: (_, name) => name });
  return {
    consumer: {
      events,
      on: (name: string, listener: (event: object) => void) => listeners.push({ name, listener }),
      connect: vi.fn<Consumer['connect']>(() => Promise.resolve()),
      subscribe: () => Promise.resolve(),
      run: vi.fn<Consumer['run']>(() => Promise.resolve()),
      stop: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
    },
    crash: (error: Error) => {
      for (const { name, listener } of listeners) {
        if (name === 'CRASH') listener({ payload: { error, restart: false } });
      }
    },
    forget: () => listeners.splice(0),
  };
});

vi.mock('kafkajs', async (importOriginal) => {
  const original = await importOriginal<{ default: typeof kafkajs }>();
  const admin = { connect: () => Promise.resolve(), disconnect: () => Promise.resolve(), listTopics: () => ['orders'] };
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
}

async function startedSource(): Promise<Started> {
  const failures: Error[] = [];
  const stalled = vi.fn<() => void>();
  const listener: SourceListener = {
    rebalancing: () => undefined,
    assigned: () => undefined,
    quiesce: () => Promise.resolve(),
    batch: () => undefined,
    stalled,
    failed: (error) => failures.push(error),
  };
  const source = new kafkaSource.KafkaSource(
    {
      brokers: ['127.0.0.1:1'],
      clientId: 'test',
      connectionTimeoutMs: 1000,
      requestTimeoutMs: 1000,
      groupId: 'group',
      topics: ['orders'],
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
  await source.start(listener);
  expect(consumer.run).toHaveBeenCalledTimes(1);
  return { source, failures, stalled };
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

it('fails where a person must act', async () => {
  const { source, failures } = await startedSource();
  const lasting = new kafkajs.KafkaJSNonRetriableError("The group member's supported protocols are incompatible");
  crash(lasting);
  expect(failures).toHaveLength(1);
  expect(failures[0]?.message).toContain('supported protocols are incompatible');
  expect(consumer.run).toHaveBeenCalledTimes(1);
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
