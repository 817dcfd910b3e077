import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createScene } from './support/scene.ts';
import { createTopic, produceRows, produceValues } from './support/topic.ts';

/** Each mistake that a person makes, through the real command line: what it says, and the exit code. */
describe('a mistake is one sentence that names the thing', () => {
  const cases: {
    readonly mistake: string;
    readonly worker?: Record<string, string>;
    readonly connector?: Record<string, string>;
    readonly version?: string;
    readonly says: RegExp;
    readonly code: number;
  }[] = [
    {
      mistake: 'topics and topics.regex both',
      connector: { 'topics.regex': 'orders.*' },
      says: /topics.*topics\.regex/,
      code: 2,
    },
    { mistake: 'neither topics nor topics.regex', connector: { topics: '' }, says: /topics/, code: 2 },
    { mistake: 'a misspelt key', connector: { tpoics: 'a' }, says: /tpoics.*topics/, code: 2 },
    {
      mistake: 'a size out of range',
      connector: { 'bufferflush.maxbytes': '1' },
      says: /bufferflush\.maxbytes.*67108864/,
      code: 2,
    },
    {
      mistake: 'a time out of range',
      connector: { 'bufferflush.intervalms': '999' },
      says: /bufferflush\.intervalms.*1000/,
      code: 2,
    },
    {
      mistake: 'a malformed topic2table.map',
      connector: { 'starrocks.topic2table.map': 'a=tb' },
      says: /starrocks\.topic2table\.map.*a=tb/,
      code: 2,
    },
    {
      mistake: 'a wrong password',
      connector: { 'starrocks.password': 'guess' },
      says: /refuses loads by root.*Access denied/,
      code: 2,
    },
    {
      mistake: 'a missing database',
      connector: { 'starrocks.database.name': 'nowhere' },
      says: /nowhere\.orders_.*unknown database/i,
      code: 2,
    },
    {
      mistake: 'a missing table',
      connector: { 'starrocks.topic2table.map': '{topic}:absent' },
      says: /example_db\.absent.*unknown table/i,
      code: 2,
    },
    {
      mistake: 'a missing topic',
      connector: { topics: 'no_such_topic' },
      says: /topic no_such_topic is not on the brokers/,
      code: 2,
    },
    {
      mistake: 'compression that the server is too old for',
      connector: { 'sink.properties.compression': 'gzip' },
      version: '3.1.0',
      says: /sink\.properties\.compression.*gzip.*3\.2\.7/,
      code: 2,
    },
    {
      mistake: 'a compression that nobody knows',
      connector: { 'sink.properties.compression': 'snappy' },
      says: /sink\.properties\.compression.*snappy/,
      code: 2,
    },
    {
      mistake: 'an unreachable broker',
      worker: { 'bootstrap.servers': '127.0.0.1:1' },
      says: /Kafka brokers at 127\.0\.0\.1:1 cannot be reached.*bootstrap\.servers/,
      code: 1,
    },
    {
      mistake: 'an unreachable FE',
      connector: { 'starrocks.http.url': '127.0.0.1:1' },
      says: /StarRocks cannot be reached.*127\.0\.0\.1:1.*starrocks\.http\.url/,
      code: 1,
    },
  ];

  it.each(cases)('$mistake: exit $code', async ({ worker, connector = {}, version, says, code }) => {
    const scene = await createScene(version === undefined ? {} : { emulator: { version } });
    const filled = Object.fromEntries(
      Object.entries(connector).map(([key, value]) => [key, value.replace('{topic}', scene.topic)]),
    );
    const files = await scene.connectFiles({ connector: filled, ...(worker && { worker }) });
    for (const args of [files, ['--check', ...files]]) {
      const main = scene.run(args);
      expect(await main.exited).toEqual({ code, signal: null });
      const sentences = main.stderr.trim().split('\n');
      expect(sentences).toHaveLength(1);
      expect(sentences[0]).toMatch(says);
    }
    expect((await scene.counts()).all).toBe(0);
  });

  it('--check on a good configuration says so, loads nothing, commits nothing, exits 0', async () => {
    const scene = await createScene();
    await produceRows(scene.topic, { to: 10 });
    const main = scene.run(['--check', ...(await scene.connectFiles())]);
    expect(await main.exited).toEqual({ code: 0, signal: null });
    expect(main.stdout).toContain(`topic ${scene.topic} can be loaded into example_db.${scene.table}`);
    expect((await scene.counts()).all).toBe(0);
  });

  it.each([
    ['not JSON at all', 'oops'],
    ['JSON cut short', '{"id":1,'],
    ['JSON with a word too many', '{"id":1 "city":"x"}'],
    ['a text', '"text"'],
    ['a number', '7'],
    ['two objects in one value', '{"id":1},{"id":2}'],
    ['invalid UTF-8 in a name', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ])('a value that is %s stops its table with the record named, exit 1', async (_what, bad) => {
    const scene = await createScene();
    await produceRows(scene.topic, { to: 100 });
    await produceValues(scene.topic, [bad]);
    await produceRows(scene.topic, { from: 100, to: 200 });
    const main = scene.run(await scene.connectFiles());
    expect(await main.exited).toEqual({ code: 1, signal: null });
    expect(main.stderr).toMatch(
      new RegExp(`topic ${scene.topic}, partition 0, offset 100 cannot be loaded: its value is not`),
    );
  });

  it('a row that StarRocks refuses stops its table with the record and StarRocks’ own reason, until the table is mended', async () => {
    const scene = await createScene({ columns: 'id INT NOT NULL, city VARCHAR(5)' });
    await produceValues(scene.topic, ['{"id":1,"city":"ok"}', '{"id":2,"city":"much too long"}']);
    const main = scene.run(await scene.connectFiles());
    const stops = (): string[] => main.logged(`Loading into ${scene.table} has stopped`).map(({ msg }) => msg);
    await eventually(() => expect(stops().length).toBeGreaterThan(0));
    expect(stops()[0]).toMatch(
      new RegExp(
        `The record at topic ${scene.topic}, partition 0, offset 1 cannot be loaded: StarRocks refuses it: .*too long.* It is tried again`,
      ),
    );
    expect((await scene.counts()).all).toBe(0);
    await scene.starrocks.query(`ALTER TABLE example_db.${scene.table} MODIFY COLUMN city VARCHAR(50)`);
    await eventually(async () => expect(await scene.counts()).toEqual({ all: 2, distinct: 2 }));
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
  });

  it('one bad table stops alone: the other one goes on', async () => {
    const good = await createScene();
    const bad = `${good.topic}_bad`;
    await good.starrocks.query(`CREATE TABLE example_db.${bad} (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`);
    await createTopic(bad);
    await produceValues(bad, ['nonsense']);
    const main = good.run(await good.connectFiles({ connector: { topics: `${good.topic},${bad}` } }));
    await eventually(() => expect(main.logged(`Loading into ${bad} has stopped`)).toHaveLength(1));
    await produceRows(good.topic, { to: 1000 });
    await eventually(async () => expect(await good.counts()).toEqual({ all: 1000, distinct: 1000 }));
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 1, signal: null });
  });
});
