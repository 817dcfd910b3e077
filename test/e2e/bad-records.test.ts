import { type Message } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connectHeader, messageCount, produceMessages, readDeadLetters, sourceOf } from './support/dead-letters.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, produceValues } from './support/topic.ts';

/** One kind of record that cannot be loaded. */
interface BadKind {
  readonly name: string;
  readonly value: (id: number) => string;
  readonly stage: 'VALUE_CONVERTER' | 'TASK_PUT';
  readonly exception: string;
  readonly reason: RegExp;
}

const COLUMNS = 'id BIGINT NOT NULL, city VARCHAR(5), n INT';
const DATA_EXCEPTION = 'org.apache.kafka.connect.errors.DataException';

/** What fails before StarRocks sees it, what only parsing finds, and what StarRocks refuses. */
const KINDS: readonly BadKind[] = [
  {
    name: 'not JSON',
    value: (id) => `oops ${id}`,
    stage: 'VALUE_CONVERTER',
    exception: DATA_EXCEPTION,
    reason: /its value is not JSON/,
  },
  {
    name: 'cut short',
    value: (id) => `{"id":${id},`,
    stage: 'VALUE_CONVERTER',
    exception: DATA_EXCEPTION,
    reason: /its value is not JSON/,
  },
  {
    name: 'JSON with a value too few',
    value: (id) => `{"id":${id},"n":}`,
    stage: 'TASK_PUT',
    exception: 'RecordError',
    reason: /its value is not JSON/,
  },
  {
    name: 'not an object',
    value: (id) => `"${id}"`,
    stage: 'TASK_PUT',
    exception: 'RecordError',
    reason: /its value is not a JSON object: it starts with/,
  },
  {
    name: 'without what is NOT NULL',
    value: (id) => `{"n":${id}}`,
    stage: 'TASK_PUT',
    exception: 'RefusedRecordError',
    reason: /StarRocks refuses it: NULL value in non-nullable column 'id'/,
  },
  {
    name: 'too long',
    value: (id) => `{"id":${id},"city":"much too long"}`,
    stage: 'TASK_PUT',
    exception: 'RefusedRecordError',
    reason: /StarRocks refuses it: String 'much too long'\(length=13\) is too long/,
  },
  {
    name: 'of another type',
    value: (id) => `{"id":${id},"n":"many"}`,
    stage: 'TASK_PUT',
    exception: 'RefusedRecordError',
    reason: /StarRocks refuses it: Value 'many' is out of range\. The type of 'n' is INT/,
  },
];

const ROWS = 60;
const good = (id: number): string => `{"id":${id},"city":"ok","n":${id}}`;

interface Produced {
  readonly bad: Map<string, { readonly message: Message; readonly kind: BadKind }>;
  readonly goodIds: number[];
}

/** A partition for each kind, in which the records at some offsets are of that kind. */
async function produceKinds(topic: string, isBad: (offset: number) => boolean): Promise<Produced> {
  const bad: Produced['bad'] = new Map();
  const goodIds: number[] = [];
  const now = Date.now() - 3_600_000;
  const messages = KINDS.flatMap((kind, partition) =>
    Array.from({ length: ROWS }, (_, offset): Message => {
      const id = partition * ROWS + offset;
      const message = {
        partition,
        key: `key ${id}`,
        value: isBad(offset) ? kind.value(id) : good(id),
        headers: { trace: `trace ${id}`, source: 'shop' },
        timestamp: String(now + id),
      };
      if (isBad(offset)) bad.set(`${partition}/${offset}`, { message, kind });
      else goodIds.push(id);
      return message;
    }),
  );
  await produceMessages(topic, messages);
  return { bad, goodIds };
}

async function loadedIds(scene: Scene): Promise<number[]> {
  return (await scene.starrocks.query(`SELECT id FROM example_db.${scene.table} ORDER BY id`)).map(({ id }) =>
    Number(id),
  );
}

const deadLetters = (topic: string): Record<string, string> => ({
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': topic,
  'errors.deadletterqueue.topic.replication.factor': '1',
  'errors.deadletterqueue.context.headers.enable': 'true',
});

describe.each(['exactly-once', 'at-least-once'])('errors.tolerance=all with a dead letter topic, %s', (delivery) => {
  it.each([
    ['the first record of each partition', (offset: number) => offset === 0],
    ['one in the middle', (offset: number) => offset === ROWS / 2],
    ['the last one', (offset: number) => offset === ROWS - 1],
    ['every record', () => true, /its error log ends before this row, and says of other rows of the load: /],
  ])(
    '%s is bad, one kind a partition: the good rows are there once, the dead letters are exactly the bad ones',
    async (_which, isBad, reasonOfMany = /^\b$/) => {
      const scene = await createScene({ columns: COLUMNS, partitions: KINDS.length });
      const letters = `${scene.topic}_dead`;
      const { bad, goodIds } = await produceKinds(scene.topic, isBad);
      const main = scene.run(await scene.connectFiles({ connector: { delivery, ...deadLetters(letters) } }));
      const ends = Array<number>(KINDS.length).fill(ROWS);
      const committed = (): Promise<number[]> => committedOffsets(`connect-${scene.pipeline}`, scene.topic);
      await eventually(async () => expect(await committed()).toEqual(ends), 60_000);
      main.signal('SIGTERM');
      expect(await main.exited).toEqual({ code: 0, signal: null });
      expect(await committed()).toEqual(ends);
      expect(await loadedIds(scene)).toEqual(goodIds);

      const found = await readDeadLetters(letters);
      expect(found.map(sourceOf).sort()).toEqual([...bad.keys()].sort());
      for (const letter of found) {
        const { message, kind } = bad.get(sourceOf(letter)) ?? {};
        if (!message || !kind) throw new Error(`${sourceOf(letter)} is not bad`);
        const { trace, source, 'tributary.source': ours, ...headers } = letter.headers;
        expect({ ...letter, headers: { trace, source } }).toEqual({
          key: message.key,
          value: message.value,
          headers: message.headers,
          timestamp: message.timestamp,
        });
        expect(ours).toBe(`${scene.topic}/${sourceOf(letter)}`);
        expect(Object.keys(headers)).toHaveLength(10);
        expect(headers).toMatchObject({
          '__connect.errors.topic': scene.topic,
          '__connect.errors.connector.name': scene.pipeline,
          '__connect.errors.task.id': '0',
          '__connect.errors.stage': kind.stage,
          '__connect.errors.class.name':
            kind.stage === 'TASK_PUT'
              ? 'org.apache.kafka.connect.sink.SinkTask'
              : 'org.apache.kafka.connect.json.JsonConverter',
          '__connect.errors.exception.class.name': kind.exception,
        });
        // StarRocks' error log ends after 50 rows.
        expect(connectHeader(letter, 'exception.message')).toMatch(
          new RegExp(`${kind.reason.source}|${reasonOfMany.source}`),
        );
        expect(connectHeader(letter, 'exception.stacktrace')).toMatch(/\n {4}at /);
      }
    },
  );
});

describe('bad records', () => {
  it('are only left out with errors.tolerance=all and no topic: a warning, and a line for each if that is wanted', async () => {
    const scene = await createScene({ columns: COLUMNS });
    await produceValues(scene.topic, [good(0), 'oops', good(2), '{"id":3,"city":"much too long"}', good(4)]);
    const connector = { 'errors.tolerance': 'all', 'errors.log.enable': 'true', 'errors.log.include.messages': 'true' };
    const main = scene.run(await scene.connectFiles({ connector }));
    await eventually(async () => expect(await loadedIds(scene)).toEqual([0, 2, 4]));
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([5]);
    const where = (offset: number): string =>
      `where consumed record is {topic='${scene.topic}', partition=0, offset=${offset}, timestamp=`;
    const lines = main.logged('Error encountered in task');
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error']);
    expect(lines[0]?.msg).toContain(
      `Error encountered in task ${scene.pipeline}-0. Executing stage 'VALUE_CONVERTER' with class 'org.apache.kafka.connect.json.JsonConverter', ${where(1)}`,
    );
    expect(lines[1]?.msg).toContain(
      `Error encountered in task ${scene.pipeline}-0. Executing stage 'TASK_PUT' with class 'org.apache.kafka.connect.sink.SinkTask', ${where(3)}`,
    );
    expect(lines[1]?.msg).toMatch(/RefusedRecordError: .*too long/);
    const warnings = main.logged('that cannot be loaded');
    expect(warnings.map(({ level, count }) => [level, count])).toEqual([
      ['warn', 1],
      ['warn', 1],
    ]);
  });

  it('one that is wrong in itself stops its table with errors.tolerance=none, exit 1, after it was written to the topic', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const letters = `${scene.topic}_dead`;
    await produceValues(scene.topic, [good(0), '"1"', 'oops', good(3)]);
    const connector = { ...deadLetters(letters), 'errors.tolerance': 'none' };
    const main = scene.run(await scene.connectFiles({ connector }));
    expect(await main.exited).toEqual({ code: 1, signal: null });
    expect(main.stderr).toMatch(
      new RegExp(
        `^The record at topic ${scene.topic}, partition 0, offset 1 cannot be loaded: its value is not a JSON object`,
      ),
    );
    const found = await readDeadLetters(letters);
    expect(found.map(({ value }) => value)).toEqual(['"1"']);
    expect(found.map(sourceOf)).toEqual(['0/1']);
    expect(await loadedIds(scene)).toEqual([]);
  });

  it('one that StarRocks refuses stops its table with errors.tolerance=none until the table takes it, after it was written once', async () => {
    const scene = await createScene({ columns: COLUMNS });
    const letters = `${scene.topic}_dead`;
    await produceValues(scene.topic, [good(0), '{"id":1,"city":"much too long"}', good(2)]);
    const connector = { ...deadLetters(letters), 'errors.tolerance': 'none' };
    const main = scene.run(await scene.connectFiles({ connector }));
    const stops = (): unknown[] => main.logged(`Loading into ${scene.table} has stopped`);
    // It came back once, in vain.
    await eventually(() => expect(stops().length).toBeGreaterThan(1));
    expect(await messageCount(letters)).toBe(1);
    await scene.starrocks.query(`ALTER TABLE example_db.${scene.table} MODIFY COLUMN city VARCHAR(50)`);
    await eventually(async () => expect(await loadedIds(scene)).toEqual([0, 1, 2]));
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect((await readDeadLetters(letters)).map(sourceOf)).toEqual(['0/1']);
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([3]);
  });
});
