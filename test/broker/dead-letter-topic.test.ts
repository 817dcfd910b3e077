import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { type KafkaMessage, Partitioners } from 'kafkajs';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { startKafka } from '../../services/index.ts';
import { type DeadLetterRecord, sourceText } from '../../src/core/dead-letter.ts';
import { ConfigError, RecordError, UnavailableError } from '../../src/core/errors.ts';
import {
  KafkaDeadLetterTopic,
  type KafkaDeadLetterTopicOptions,
} from '../../src/streams/kafka/kafka-dead-letter-topic.ts';
import { deleteRecords } from '../support/delete-records.ts';
import { eventually } from '../support/eventually.ts';
import { connectionTo } from '../support/kafka-connection.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { admin, client, createTopic, produce, uniqueName } from './support.ts';

function deadLetterTopic(
  options: Partial<KafkaDeadLetterTopicOptions> & Pick<KafkaDeadLetterTopicOptions, 'topic'>,
): KafkaDeadLetterTopic {
  const letters = new KafkaDeadLetterTopic(
    {
      ...connectionTo(inject('kafka').bootstrapServers),
      requestTimeoutMs: 3000,
      replicationFactor: 1,
      groupId: uniqueName('connect'),
      ...options,
    },
    new RecordingLogger(),
  );
  onTestFinished(() => letters.close());
  return letters;
}

async function opened(...given: Parameters<typeof deadLetterTopic>): Promise<KafkaDeadLetterTopic> {
  const letters = deadLetterTopic(...given);
  await letters.open();
  return letters;
}

/** A dead letter of orders/0 at this offset. */
function letter(offset: number, more: Partial<DeadLetterRecord> = {}): DeadLetterRecord {
  const source = { topic: 'orders', partition: 0, offset };
  return {
    source,
    key: null,
    value: Buffer.from(`value ${offset}`),
    headers: [['tributary.source', sourceText(source)]],
    timestamp: undefined,
    ...more,
  };
}

function letters(from: number, to: number): DeadLetterRecord[] {
  return Array.from({ length: to - from }, (_, index) => letter(from + index));
}

const sources = (from: number, to: number): object[] => letters(from, to).map(({ source }) => source);

/** Every message of a topic, read by a plain client. */
async function messagesOf(topic: string): Promise<(KafkaMessage & { partition: number })[]> {
  const count = (await admin((connected) => connected.fetchTopicOffsets(topic))).reduce(
    (sum, { low, high }) => sum + Number(high) - Number(low),
    0,
  );
  const consumer = client().consumer({ groupId: uniqueName('reader'), maxWaitTimeInMs: 100 });
  const messages: (KafkaMessage & { partition: number })[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message }) => {
        messages.push({ ...message, partition });
        return Promise.resolve();
      },
    });
    await eventually(() => expect(messages.length).toBeGreaterThanOrEqual(count));
  } finally {
    await consumer.disconnect();
  }
  return messages;
}

async function valuesOf(topic: string): Promise<(string | undefined)[]> {
  return (await messagesOf(topic)).map(({ value }) => value?.toString());
}

const PRODUCE = 0;

/**
 * Puts itself between all clients that connect from now on and the broker, and cuts a connection instead of passing on
 * the answer to a produce request, as long as there are answers to lose.
 */
async function loseProduceAnswers(answers: number): Promise<{ left: number }> {
  const state = { left: answers };
  const connect = net.connect.bind(net);
  const [host = '', port = ''] = inject('kafka').bootstrapServers.split(':');
  const proxy = net.createServer((downstream) => {
    const upstream = connect({ host, port: Number(port) });
    let producing = false;
    downstream.on('data', (chunk: Buffer) => {
      // A request is sent in one piece: its length, then the number of its kind.
      producing = chunk.length >= 6 && chunk.readInt16BE(4) === PRODUCE;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (producing && state.left > 0) {
        state.left--;
        downstream.destroy();
        upstream.destroy();
      } else {
        downstream.write(chunk);
      }
    });
    for (const [one, other] of [
      [downstream, upstream],
      [upstream, downstream],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const spy = vi
    .spyOn(net, 'connect')
    .mockImplementation((...[, onConnect]: unknown[]) =>
      connect({ host: '127.0.0.1', port: (proxy.address() as AddressInfo).port }, onConnect as () => void),
    );
  onTestFinished(() => {
    spy.mockRestore();
    proxy.close();
  });
  return state;
}

describe('KafkaDeadLetterTopic opens', () => {
  it.each([1, -1])(
    'a topic that is missing by creating it with one partition, replication factor %i',
    async (factor) => {
      const topic = uniqueName('dlq');
      await opened({ topic, replicationFactor: factor });
      const { topics } = await admin((connected) => connected.fetchTopicMetadata({ topics: [topic] }));
      expect(topics[0]?.partitions).toMatchObject([{ partitionId: 0, replicas: [1] }]);
    },
  );

  it('a topic that is there as it is, and two at once the same one', async () => {
    const topic = await createTopic('dlq', { partitions: 3 });
    await opened({ topic, replicationFactor: 3 });
    const { topics } = await admin((connected) => connected.fetchTopicMetadata({ topics: [topic] }));
    expect(topics[0]?.partitions).toHaveLength(3);
    const missing = uniqueName('dlq');
    await Promise.all([opened({ topic: missing }), opened({ topic: missing })]);
  });

  it('no topic for which there are too few brokers, and says so', async () => {
    const topic = uniqueName('dlq');
    await expect(opened({ topic, replicationFactor: 3 })).rejects.toEqual(
      new ConfigError([
        `The dead letter topic ${topic} cannot be created with a replication factor of 3: Replication-factor is invalid. Create it, or change errors.deadletterqueue.topic.replication.factor (errors.deadLetterTopic.replicationFactor in a pipeline file).`,
      ]),
    );
  });

  it('nothing where no broker answers, and says so', async () => {
    const failure: unknown = await opened({ topic: 'dlq', brokers: ['127.0.0.1:1'] }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(String(failure)).toMatch(
      /^UnavailableError: The dead letter topic dlq at 127\.0\.0\.1:1 cannot be used: .+\. Check bootstrap\.servers and the network\.$/,
    );
  });
});

describe('KafkaDeadLetterTopic with rights that are missing', () => {
  it('says which ones to grant', async () => {
    const broker = await startKafka({
      sasl: true,
      properties: {
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      },
    });
    onTestFinished(() => broker.stop());
    const { bootstrapServers = '', caFile = '', users: [user] = [] } = broker.endpoints.saslSsl ?? {};
    if (!user) throw new Error('the broker has no user');
    const topic = uniqueName('dlq');
    const refused = deadLetterTopic({
      topic,
      groupId: 'connect-orders',
      brokers: [bootstrapServers],
      tls: { ca: readFileSync(caFile, 'utf8'), serverNameCheck: true },
      sasl: { mechanism: 'plain', ...user },
    });
    await expect(refused.open()).rejects.toEqual(
      new ConfigError([
        `The Kafka brokers at ${bootstrapServers} do not allow the dead letter topic ${topic} to be used: Not authorized to access topics: [Topic authorization failed]. Grant CREATE, DESCRIBE, READ and WRITE on it and READ on the groups whose names begin with connect-orders; brokers before 3.0 also want IDEMPOTENT_WRITE on the cluster.`,
      ]),
    );
  });
});

describe('KafkaDeadLetterTopic sends', () => {
  it('key, value, headers and timestamp as they were read', async () => {
    const topic = uniqueName('dlq');
    const target = await opened({ topic });
    const bytes = new Uint8Array([9, 0, 255, 128, 9]).subarray(1, 4);
    await target.send([
      letter(1, {
        key: bytes,
        value: bytes,
        headers: [
          ['bytes', bytes],
          ['many', 'ä'],
          ['many', Buffer.from('y')],
          ['nothing', null],
          ['tributary.source', 'orders/0/1'],
        ],
        timestamp: 1_700_000_000_123,
      }),
      letter(2, { value: null }),
    ]);
    const [first, second] = await messagesOf(topic);
    expect(first).toMatchObject({
      key: Buffer.from([0, 255, 128]),
      value: Buffer.from([0, 255, 128]),
      timestamp: '1700000000123',
    });
    expect(Object.entries(first?.headers ?? {})).toEqual([
      ['bytes', Buffer.from([0, 255, 128])],
      ['many', [Buffer.from('ä'), Buffer.from('y')]],
      ['nothing', Buffer.alloc(0)],
      ['tributary.source', Buffer.from('orders/0/1')],
    ]);
    expect(second).toMatchObject({ key: null, value: null });
    expect(Math.abs(Number(second?.timestamp) - Date.now())).toBeLessThan(60_000);
  });

  it("to the partition that Kafka's producers choose for a key, and to that of its own where there is none", async () => {
    const topic = await createTopic('dlq', { partitions: 3 });
    const target = await opened({ topic });
    const keyed = Array.from({ length: 20 }, (_, index) => letter(index, { key: Buffer.from(`key ${index}`) }));
    const keyless = [0, 1, 2, 3, 4].map((partition) =>
      letter(100 + partition, { source: { topic: 'orders', partition, offset: 100 + partition } }),
    );
    await target.send([...keyed, ...keyless]);
    const found = await messagesOf(topic);
    expect(found).toHaveLength(25);
    const partitionMetadata = [0, 1, 2].map((partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 1,
      replicas: [1],
      isr: [1],
    }));
    const choose = Partitioners.DefaultPartitioner();
    for (const { key, value, partition } of found) {
      const offset = Number(value?.toString().slice('value '.length));
      expect(partition).toBe(key ? choose({ topic, partitionMetadata, message: { key, value } }) : (offset - 100) % 3);
    }
  });

  it('what several ask for at once, in their turns', async () => {
    const topic = uniqueName('dlq');
    const target = await opened({ topic });
    await Promise.all([0, 10, 20, 30].map((from) => target.send(letters(from, from + 10))));
    expect(await valuesOf(topic)).toEqual(letters(0, 40).map(({ value }) => String(value)));
  });

  it('more than the topic takes in one piece', async () => {
    const topic = await createTopic('dlq', { configs: { 'max.message.bytes': '4000' } });
    const target = await opened({ topic });
    const value = Buffer.alloc(300, 'x');
    await target.send(Array.from({ length: 40 }, (_, offset) => letter(offset, { value })));
    expect(await target.written([])).toEqual(sources(0, 40));

    const usual = uniqueName('dlq');
    const large = Buffer.alloc(400_000, 'x');
    await (await opened({ topic: usual })).send(
      Array.from({ length: 5 }, (_, offset) => letter(offset, { value: large })),
    );
    expect(await messagesOf(usual)).toHaveLength(5);
  });

  it('nothing of a record that is larger than the topic takes, which it names, and goes on with the next', async () => {
    const topic = await createTopic('dlq', { configs: { 'max.message.bytes': '4000' } });
    const target = await opened({ topic });
    const huge = letter(7, { value: Buffer.alloc(5000) });
    await expect(target.send([huge])).rejects.toEqual(
      new RecordError(
        huge.source,
        `its dead letter is larger than the topic ${topic} takes. Raise max.message.bytes of that topic.`,
      ),
    );
    await target.send([letter(8)]);
    expect(await valuesOf(topic)).toEqual(['value 8']);
  });

  it('nothing twice when the answer of the broker is lost', async () => {
    const topic = await createTopic('dlq');
    const answers = await loseProduceAnswers(0);
    const target = await opened({ topic });
    answers.left = 1;
    await target.send(letters(0, 5));
    await target.send(letters(5, 8));
    expect(answers.left).toBe(0);
    expect(await valuesOf(topic)).toEqual(letters(0, 8).map(({ value }) => String(value)));
  });

  it('what comes after a failure, although the broker has seen as many records from the one that failed', async () => {
    const topic = await createTopic('dlq');
    const answers = await loseProduceAnswers(0);
    const target = await opened({ topic });
    answers.left = Number.POSITIVE_INFINITY;
    await expect(target.send(letters(0, 3))).rejects.toThrow(UnavailableError);
    answers.left = 0;
    expect(await target.written([])).toEqual(sources(0, 3));
    await target.send(letters(3, 6));
    expect(await valuesOf(topic)).toEqual(letters(0, 6).map(({ value }) => String(value)));
  });

  it('nothing once it is closed', async () => {
    const topic = await createTopic('dlq');
    const target = await opened({ topic });
    await target.close();
    await target.close();
    await expect(target.send([letter(1)])).rejects.toEqual(
      new UnavailableError(`The dead letter topic ${topic} is closed.`),
    );
    await deadLetterTopic({ topic }).close();
  });
});

describe('KafkaDeadLetterTopic knows', () => {
  it('what was written since a moment, and leaves no group behind', async () => {
    const topic = await createTopic('dlq', { partitions: 3 });
    const groupId = uniqueName('connect');
    const target = await opened({ topic, groupId });
    const keyed = (from: number, to: number): DeadLetterRecord[] =>
      letters(from, to).map((one) => ({ ...one, key: Buffer.from(`key ${one.source.offset}`) }));
    await target.send(keyed(0, 50));
    const before = await target.ends();
    expect(before).toHaveLength(3);
    expect(before.reduce((sum, end) => sum + end, 0)).toBe(50);
    expect(await target.written(before)).toEqual([]);
    await target.send(keyed(50, 90));
    // One that another process, or an attempt before this one, wrote as well.
    await target.send(keyed(60, 61));
    const found = await target.written(before);
    expect(found.sort((one, other) => one.offset - other.offset)).toEqual(sources(50, 90));
    expect(await target.written([])).toHaveLength(90);
    const { groups } = await admin((connected) => connected.listGroups());
    expect(groups.filter((group) => group.groupId.startsWith(groupId))).toEqual([]);
  });

  it('only what was dead-lettered, and the newest source of what was twice', async () => {
    const topic = await createTopic('dlq');
    const target = await opened({ topic });
    await produce(topic, [
      { value: 'no headers' },
      { value: 'of Kafka Connect', headers: { '__connect.errors.topic': 'orders' } },
      { value: 'not a place', headers: { 'tributary.source': 'orders' } },
      { value: 'twice', headers: { 'tributary.source': ['dlq/0/4', 'orders/2/9'] } },
    ]);
    expect(await target.written([])).toEqual([{ topic: 'orders', partition: 2, offset: 9 }]);
  });

  it('its end although the last record there is one of a transaction', async () => {
    const topic = await createTopic('dlq');
    const target = await opened({ topic });
    await target.send([letter(1)]);
    const producer = client().producer({ idempotent: true, transactionalId: uniqueName('tx'), maxInFlightRequests: 1 });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ value: 'x', headers: { 'tributary.source': 'orders/0/2' } }] });
    await transaction.abort();
    // The letter, the message, and the record that aborts; the broker writes that one in its own time.
    await eventually(async () => expect(await target.ends()).toEqual([3]));
    expect(await target.written([])).toContainEqual(sources(1, 2)[0]);
    expect(await target.written([2])).toEqual([]);
  });

  it('what is left when records were deleted or the topic was created again', async () => {
    const topic = await createTopic('dlq');
    const target = await opened({ topic });
    await target.send(letters(0, 10));
    await deleteRecords(client(), topic, 6);
    expect(await target.written([2])).toEqual(sources(6, 10));
    expect(await target.written([500])).toEqual(sources(6, 10));
  });

  it('when it takes too long to read', async () => {
    const topic = await createTopic('dlq');
    const groupId = uniqueName('connect');
    const target = await opened({ topic, groupId, readTimeoutMs: 1 });
    await target.send([letter(1)]);
    await expect(target.written([])).rejects.toEqual(
      new UnavailableError(`Topic ${topic} could not be read to its end within 1 ms.`),
    );
    await eventually(async () => {
      const { groups } = await admin((connected) => connected.listGroups());
      expect(groups.filter((group) => group.groupId.startsWith(groupId))).toEqual([]);
    });
  });
});
