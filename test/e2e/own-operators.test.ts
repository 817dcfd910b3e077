import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { connectHeader, readDeadLetters, untilMessages } from './support/dead-letters.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, produceValues } from './support/topic.ts';

const root = join(import.meta.dirname, '../..');
const picky = join(import.meta.dirname, 'operators/picky.js');
/** So many answers that are remembered would exhaust the stack if each was handed on from within the one before. */
const ORDERS = 2_000;

/** A look-up service on a free port. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Writes a pipeline file for the scene, in JSON, with further settings. */
async function pipelineFile({ dir, pipeline, topic, starrocks }: Scene, more: object): Promise<string> {
  const file = join(dir, 'pipeline.json');
  const config = {
    name: pipeline,
    kafka: { brokers: [inject('kafka').bootstrapServers], topics: [topic], sessionTimeoutMs: 6000 },
    starrocks: {
      urls: [`http://${starrocks.feHostPort}`],
      database: 'example_db',
      username: 'root',
      password: '',
    },
    flush: { intervalMs: 100 },
    ...more,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

const loaded = ({ starrocks, table }: Scene, columns: string, order: string): Promise<readonly object[]> =>
  starrocks.query(`SELECT ${columns} FROM example_db.${table} ORDER BY ${order}`);

describe('operators of your own', () => {
  it('load exactly the rows that the example makes of orders', async () => {
    const asked: string[] = [];
    const service = await serve(({ url = '' }, response) => {
      asked.push(url);
      const id = url.slice('/customers/'.length);
      if (id === '3') response.writeHead(404).end();
      else response.end(JSON.stringify({ name: `Customer ${id}`, city: 'Hangzhou' }));
    });
    const columns = 'id INT, customer INT, email STRING, name STRING, city STRING, sku STRING, amount INT';
    const scene = await createScene({ columns });
    const pears = `${scene.table}_pears`;
    await scene.starrocks.query(
      `CREATE TABLE example_db.${pears} (${columns}) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`,
    );
    const example = await readFile(join(root, 'examples/own-operators/pipeline.yaml'), 'utf8');
    const changes: readonly [string, string][] = [
      ['name: order-lines', `name: ${scene.pipeline}`],
      ['127.0.0.1:9092', inject('kafka').bootstrapServers],
      ['    - orders', `    - ${scene.topic}`],
      ['127.0.0.1:8030', scene.starrocks.feHostPort],
      ['username: user1', 'username: root'],
      ['password: "123456"', 'password: ""'],
      ['orders: order_lines', `${scene.topic}: ${scene.table}`],
      ['127.0.0.1:8040', service],
      ['[order_id]', '[id]'],
      ['pear: pear_lines', `pear: ${pears}`],
    ];
    const text = changes.reduce((before, [from, to]) => {
      expect(before).toContain(from);
      return before.replace(from, to);
    }, example);
    const file = join(scene.dir, 'pipeline.yaml');
    await writeFile(file, text.replaceAll('../../dist-tools', join(root, 'dist-tools')));
    const order = (id: number, lines: unknown): string =>
      JSON.stringify({ id, customer: id % 4, email: `c${id % 4}@example.org`, lines });
    const values = Array.from({ length: ORDERS }, (_, id) =>
      order(
        id,
        id % 10 === 9
          ? []
          : [
              { sku: 'apple', amount: id },
              { sku: 'pear', amount: 1 },
            ],
      ),
    );
    await produceValues(scene.topic, [...values, null, ...values]);

    const main = scene.run([file]);
    await eventually(async () =>
      expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([2 * ORDERS + 1]),
    );
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });

    const [apples, others] = await Promise.all(
      [scene.table, pears].map((table) => scene.starrocks.query(`SELECT * FROM example_db.${table} ORDER BY id`)),
    );
    expect(new Set(apples?.map(({ sku }) => sku))).toEqual(new Set(['apple']));
    expect(new Set(others?.map(({ sku }) => sku))).toEqual(new Set(['pear']));
    const rows = (apples ?? []).flatMap((row, index) => [row, others?.[index] ?? {}]);
    const emails = new Map(rows.map((row) => [Reflect.get(row, 'customer'), Reflect.get(row, 'email') as unknown]));
    expect(new Set(emails.values()).size).toBe(4);
    for (const email of emails.values()) expect(email).toMatch(/^[0-9a-f]{64}$/);
    const expected = Array.from({ length: ORDERS }, (_, id) => id)
      .filter((id) => id % 10 !== 9)
      .flatMap((id) => {
        const customer = id % 4;
        const found = customer === 3 ? { name: null, city: null } : { name: `Customer ${customer}`, city: 'Hangzhou' };
        const row = { id, customer, email: emails.get(customer), ...found };
        return [
          { ...row, sku: 'apple', amount: id },
          { ...row, sku: 'pear', amount: 1 },
        ];
      });
    expect(rows).toEqual(expected);
    // Each customer once, whatever the number of orders.
    expect(asked.sort()).toEqual(['/customers/0', '/customers/1', '/customers/2', '/customers/3']);
  });

  it('that throw stop the table by name, or have the record dead-lettered with errors.tolerance=all', async () => {
    const scene = await createScene({ columns: 'id INT, city STRING' });
    const cities = ['Hangzhou', 'Chicago', 'Oslo'];
    await produceValues(
      scene.topic,
      cities.map((city, id) => JSON.stringify({ id, city })),
    );
    const transforms = [{ operator: picky, options: { dislikes: 'Chicago' } }];

    const strict = scene.run([await pipelineFile(scene, { transforms })]);
    expect(await strict.exited).toEqual({ code: 1, signal: null });
    const reason = `The record at topic ${scene.topic}, partition 0, offset 1 cannot be loaded: the operator ${picky} fails: nobody goes to Chicago`;
    expect(strict.stderr).toContain(reason);
    expect(await loaded(scene, 'id', 'id')).toEqual([]);

    const letters = `${scene.topic}_dead`;
    const errors = {
      tolerance: 'all',
      deadLetterTopic: { name: letters, replicationFactor: 1, contextHeaders: true },
    };
    const tolerant = scene.run([await pipelineFile(scene, { transforms, errors })]);
    await untilMessages(letters, 1, 45_000);
    await eventually(async () => expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).toEqual([3]));
    tolerant.signal('SIGTERM');
    expect(await tolerant.exited).toEqual({ code: 0, signal: null });
    expect(await loaded(scene, 'id, city', 'id')).toEqual([
      { id: 0, city: 'HANGZHOU' },
      { id: 2, city: 'OSLO' },
    ]);
    const dead = await readDeadLetters(letters);
    expect(dead.map(({ value }) => value)).toEqual(['{"id":1,"city":"Chicago"}']);
    const [letter] = dead;
    expect(
      letter &&
        ['stage', 'class.name', 'exception.class.name', 'exception.message'].map((name) => connectHeader(letter, name)),
    ).toEqual(['TRANSFORMATION', picky, 'TypeError', reason]);
  });

  it('that wait for a service are let go by SIGTERM within the time of a clean stop, and lose nothing', async () => {
    const closed: string[] = [];
    const open: string[] = [];
    const service = await serve(({ url = '', socket }) => {
      open.push(url);
      socket.once('close', () => closed.push(url));
    });
    const scene = await createScene({ columns: 'id INT, name STRING' });
    await produceValues(scene.topic, ['{"id":1}', '{"id":2}']);
    const operator = join(root, 'dist-tools/examples/own-operators/enrich.js');
    const options = { url: `http://${service}/{}`, column: 'id', timeoutMs: 60_000 };
    const main = scene.run([
      await pipelineFile(scene, { transforms: [{ operator, options }], shutdownTimeoutMs: 2000 }),
    ]);
    await eventually(() => expect(open).toHaveLength(2));
    const asked = performance.now();
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 1, signal: null });
    expect(performance.now() - asked).toBeLessThan(15_000);
    expect(main.stderr).toContain('Not everything that was read could be loaded within 2000 ms');
    await eventually(() => expect(closed).toHaveLength(2));
    expect(await committedOffsets(`connect-${scene.pipeline}`, scene.topic)).not.toContain(2);
    expect(await loaded(scene, 'id', 'id')).toEqual([]);
  });

  it('that end their process end the thread of their task, which is started anew: every row is there once', async () => {
    const scene = await createScene({ columns: 'id INT, city STRING', partitions: 2 });
    const transforms = [
      {
        operator: join(import.meta.dirname, 'operators/exit-once.js'),
        options: { city: 'Oslo', file: join(scene.dir, 'exited') },
      },
    ];
    const main = scene.run([await pipelineFile(scene, { transforms, tasksMax: 2 })]);
    const cities = ['Hangzhou', 'Chicago', 'Oslo'];
    for (const partition of [0, 1]) {
      await produceValues(
        scene.topic,
        cities.slice(0, partition + 2).map((city, id) => JSON.stringify({ id: partition * 10 + id, city })),
        partition,
      );
    }
    const rows = [0, 1, 10, 11, 12].map((id) => ({ id }));
    await eventually(async () => expect(await loaded(scene, 'id', 'id')).toEqual(rows));
    expect(main.logged('has failed').map(({ msg }) => msg)).toEqual([
      expect.stringMatching(
        /^Task (\d) has failed\. The thread of task \1 has ended with exit code 7, as when something in it calls process\.exit\.$/,
      ),
    ]);
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
  });
});
