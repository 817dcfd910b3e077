import { expect, it } from 'vitest';
import { describeTopics, isLed } from '../../../src/streams/kafka/describe-topics.ts';
import {
  type AnsweredTopic,
  type FakeBroker,
  fakeBroker,
  KEYS,
  metadataAnswer,
  versionsAnswer,
  versionsWithIds,
} from '../../support/fake-broker.ts';

const UNKNOWN_TOPIC_OR_PARTITION = 3;
const LEADER_NOT_AVAILABLE = 5;
const TOPIC_AUTHORIZATION_FAILED = 29;

function brokerWith(...topics: readonly AnsweredTopic[]): Promise<FakeBroker> {
  const hasIds = topics.some(({ id }) => id !== undefined);
  return fakeBroker(({ apiKey }) => {
    if (apiKey === KEYS.apiVersions) return hasIds ? versionsWithIds() : versionsAnswer();
    return metadataAnswer([{ node: 1, host: 'localhost', port: 9 }], ...topics);
  });
}

const optionsFor = ({ host, port }: FakeBroker): Parameters<typeof describeTopics>[0] => ({
  brokers: [`${host}:${port}`],
  clientId: 'test',
  connectionTimeoutMs: 2_000,
  requestTimeoutMs: 2_000,
});

it('brings every topic, also while a partition of one has no leader', async () => {
  const broker = await brokerWith(
    { topic: 'orders', leaders: [1, 1] },
    { topic: 'somebodys', leaders: [undefined, 1] },
    { topic: 'new', leaders: [], error: LEADER_NOT_AVAILABLE },
    { topic: '__consumer_offsets', leaders: [1], isInternal: true },
  );
  const topics = await describeTopics(optionsFor(broker));
  expect(
    Array.from(topics, ([name, topic]) => [name, topic.partitions.length, isLed(topic), topic.isInternal]),
  ).toEqual([
    ['orders', 2, true, false],
    ['somebodys', 2, false, false],
    ['new', 0, false, false],
    ['__consumer_offsets', 1, true, true],
  ]);
});

it('leaves out what is not there and what its user may not see', async () => {
  const broker = await brokerWith(
    { topic: 'gone', leaders: [], error: UNKNOWN_TOPIC_OR_PARTITION },
    { topic: 'secret', leaders: [], error: TOPIC_AUTHORIZATION_FAILED },
    { topic: 'orders', leaders: [1] },
  );
  expect([...(await describeTopics(optionsFor(broker), ['gone', 'secret', 'orders'])).keys()]).toEqual(['orders']);
});

it.each([
  { of: 'brokers without ids of topics', id: undefined, version: 7, all: 'ffffffff', none: '00000000' },
  { of: 'brokers with them', id: '0'.repeat(31).concat('1'), version: 12, all: '00', none: '01' },
])('asks $of for all topics by null, which is not the same as for none', async ({ id, version, all, none }) => {
  const broker = await brokerWith({ topic: 'orders', leaders: [1], id });
  await describeTopics(optionsFor(broker));
  await describeTopics(optionsFor(broker), []);
  const asked = broker.requests.filter(({ apiKey }) => apiKey === KEYS.metadata);
  expect(asked.map((request) => [request.version, request.body.subarray(0, all.length / 2).toString('hex')])).toEqual([
    [version, all],
    [version, none],
  ]);
});

it('closes its connection', async () => {
  const broker = await brokerWith({ topic: 'orders', leaders: [1] });
  await describeTopics(optionsFor(broker));
  await expect.poll(() => broker.sockets.size).toBe(0);
});
