import { expect, inject, it, onTestFinished } from 'vitest';
import { BrokerConnection } from '../../src/streams/kafka/fetch/broker-connection.ts';
import { ClusterMap } from '../../src/streams/kafka/fetch/cluster-map.ts';
import { Cursor } from '../../src/streams/kafka/fetch/cursor.ts';
import { type FetchResponse, fetchApi, fetchByIdApi } from '../../src/streams/kafka/fetch/fetch-api.ts';
import { FetchSession } from '../../src/streams/kafka/fetch/fetch-session.ts';
import { connectionTo } from '../support/kafka-connection.ts';
import { createTopic, produce } from './support.ts';

const FETCH_SESSION_ID_NOT_FOUND = 70;

/** Three partitions of a new topic, and somebody who asks the broker for them. */
async function asking(byId: boolean): Promise<{
  readonly topic: string;
  readonly cursors: readonly Cursor[];
  readonly fetch: (cursors: readonly Cursor[], session: FetchSession) => Promise<FetchResponse>;
}> {
  const topic = await createTopic('session', { partitions: 3 });
  const options = connectionTo(inject('kafka').bootstrapServers);
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const cluster = new ClusterMap(options, end.signal);
  const leaders = await cluster.leaders([topic]);
  const cursors = [0, 1, 2].map((partition) => {
    const cursor = new Cursor({ topic, partition, offset: 0 });
    cursor.leader = leaders.get(cursor.key);
    cursor.topicId = cursor.leader?.topicId;
    return cursor;
  });
  const address = cluster.address(cursors[0]?.node ?? -1);
  if (!address) throw new Error('nobody leads the topic');
  const connection = await BrokerConnection.open(options, address, end.signal);
  onTestFinished(() => connection.close());
  const fetch = async (wanted: readonly Cursor[], session: FetchSession): Promise<FetchResponse> => {
    const answer = await connection.request(byId ? fetchByIdApi : fetchApi, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 1_000_000,
      readCommitted: false,
      rackId: '',
      ...session.ask(wanted, { byId, maxBytes: 100_000 }),
    });
    session.answered(answer.sessionId);
    return answer;
  };
  return { topic, cursors, fetch };
}

it.each([
  ['by its id', true],
  ['by its name', false],
])('a real broker keeps a session of a topic %s, and answers with what is new in it', async (_, byId) => {
  const { topic, cursors, fetch } = await asking(byId);
  const session = new FetchSession();
  const places = ({ partitions }: FetchResponse): string[] =>
    partitions.filter(({ records }) => records.length > 0).map(({ partition }) => String(partition));

  const first = await fetch(cursors, session);
  expect(first.error).toBe(0);
  expect(first.sessionId).toBeGreaterThan(0);
  expect(first.partitions).toHaveLength(3);
  const second = await fetch(cursors, session);
  expect(second).toMatchObject({ error: 0, sessionId: first.sessionId });
  expect(places(second)).toEqual([]);

  await produce(topic, [
    { value: 'a', partition: 1 },
    { value: 'b', partition: 2 },
  ]);
  expect(places(await fetch(cursors, session)).sort()).toEqual(['1', '2']);
  const [zero, one, two] = cursors as [Cursor, Cursor, Cursor];
  one.offset = 1;
  // Nobody took what came of the last partition, so it comes again; and then nobody wants it any more.
  expect(places(await fetch([zero, one, two], session))).toEqual(['2']);
  expect(places(await fetch([zero, one], session))).toEqual([]);
  await produce(topic, [{ value: 'c', partition: 1 }]);
  expect(places(await fetch([zero, one], session))).toEqual(['1']);
  expect(places(await fetch([zero, one, two], session)).sort()).toEqual(['1', '2']);
});

it('a real broker says so when it knows nothing of a session, and begins another', async () => {
  const { cursors, fetch } = await asking(true);
  const session = new FetchSession();
  await fetch(cursors, session);
  const unknown = new FetchSession();
  unknown.ask(cursors, { byId: true, maxBytes: 1 });
  unknown.answered(1);
  expect((await fetch(cursors, unknown)).error).toBe(FETCH_SESSION_ID_NOT_FOUND);
  unknown.lose();
  const anew = await fetch(cursors, unknown);
  expect(anew).toMatchObject({ error: 0 });
  expect(anew.sessionId).toBeGreaterThan(1);
});
