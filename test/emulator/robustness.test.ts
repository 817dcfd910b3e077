import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator } from '../../emulator/index.ts';
import { JSON_ARRAY, StarRocks } from '../contract/support/starrocks.ts';

let sr: StarRocks;
let emulator: Emulator;
beforeAll(async () => {
  sr = await StarRocks.start();
  if (sr.emulator === undefined) throw new Error('these tests are about the emulator');
  emulator = sr.emulator;
  await sr.table('t', 'id INT, v STRING');
});
afterAll(() => sr.close());

async function stillAlive(): Promise<void> {
  expect(await sr.loadRows('t', [{ id: 1 }])).toMatchObject({ Status: 'Success' });
  expect(await sr.sql('SELECT 1 one')).toEqual([{ one: 1 }]);
}

/** Writes bytes to a port and returns what comes back until the server closes. */
async function send(port: number, bytes: string | Buffer, hangUp = false): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  socket.write(bytes);
  if (hangUp) socket.end();
  await closed;
  return Buffer.concat(chunks).toString();
}

const ports = () => [emulator.feUrl, emulator.beUrls[0] ?? ''].map((url) => Number(new URL(url).port));

describe('nothing that a client sends brings the emulator down', () => {
  it.each([
    ['garbage', '\x00\x01\x02garbage\r\n\r\n'],
    ['an unknown method', 'FOO / HTTP/9.9\r\n\r\n'],
    ['a header without a colon', 'GET / HTTP/1.1\r\nnonsense\r\n\r\n'],
    ['a bad length', 'PUT /api/d/t/_stream_load HTTP/1.1\r\nContent-Length: x\r\n\r\n'],
  ])('%s', async (_, bytes) => {
    for (const port of ports()) expect(await send(port, bytes)).toMatch(/^HTTP\/1\.1 4\d\d/);
    await stillAlive();
  });

  it('half a header, and then nothing', async () => {
    for (const port of ports()) await send(port, 'PUT /api/d/t/_stream_load HTTP/1.1\r\nExpe', true);
    await stillAlive();
  });

  it('100 MB of [', async () => {
    const answer = await sr.load('t', Buffer.alloc(100 * 1024 * 1024, '['), JSON_ARRAY);
    expect(answer).toMatchObject({ Status: 'Fail' });
    await stillAlive();
  });

  it('any bytes as a JSON or CSV body', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, json) => {
        const answer = await sr.load('t', Buffer.from(bytes), json ? { format: 'json' } : { column_separator: ',' });
        expect(['Success', 'Fail']).toContain(answer.Status);
      }),
      { numRuns: 100 },
    );
    expect(emulator.stats().openTransactions).toBe(0);
  });

  it('any columns, jsonpaths and where header', async () => {
    const text = fc.string({ unit: 'grapheme-ascii', maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(text, text, text, async (columns, jsonpaths, where) => {
        const headers = { columns: columns.trim(), jsonpaths: jsonpaths.trim(), where: where.trim() };
        const answer = await sr.loadRows('t', [{ id: 1 }], headers);
        expect(['Success', 'Fail']).toContain(answer.Status);
      }),
      { numRuns: 100 },
    );
    await stillAlive();
  });

  it('any bytes on the query port', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        await send(emulator.queryPort, Buffer.from(bytes), true);
      }),
      { numRuns: 30 },
    );
    await stillAlive();
  });

  it('SQL that is none', async () => {
    const text = fc.string({ maxLength: 40 }).filter((sql) => sql.trim() !== '');
    await fc.assert(
      fc.asyncProperty(text, async (sql) => {
        await sr.sql(sql).catch(() => []);
      }),
      { numRuns: 200 },
    );
    await stillAlive();
  });
});

describe('the query port', () => {
  it('lets in who has the right password, and says which was wrong', async () => {
    await sr.sql("CREATE USER 'ann' IDENTIFIED BY 'pass'");
    const options = { host: '127.0.0.1', port: emulator.queryPort, user: 'ann' };
    const connection = await createConnection({ ...options, password: 'pass', database: sr.database });
    const [rows] = await connection.query('SELECT DATABASE() AS db');
    expect(rows).toEqual([{ db: sr.database }]);
    await connection.end();
    await expect(createConnection({ ...options, password: 'no' })).rejects.toThrow(/Access denied for user 'ann'/);
    await expect(createConnection({ ...options, user: 'nobody' })).rejects.toThrow(/Access denied/);
  });

  it('binds prepared statements', async () => {
    const connection = await createConnection({ host: '127.0.0.1', port: emulator.queryPort, user: 'root' });
    const [rows] = await connection.execute('SELECT ? AS a, ? AS b, ? AS c, ? AS d', [1, "o'hara", null, 1.5]);
    expect(rows).toEqual([{ a: 1, b: "o'hara", c: null, d: '1.5' }]);
    await connection.end();
  });

  it('streams results that are larger than a buffer', async () => {
    const rows = await sr.sql("SELECT range AS n, repeat('x', 100) AS t FROM range(100000)");
    expect(rows).toHaveLength(100_000);
    expect(rows.at(-1)).toEqual({ n: 99_999, t: 'x'.repeat(100) });
  });
});
