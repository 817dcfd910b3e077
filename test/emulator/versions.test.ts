import { gzipSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmulatorOptions } from '../../emulator/index.ts';
import { callAndFollow } from '../contract/support/http.ts';
import { JSON_ARRAY, newLabel, StarRocks } from '../contract/support/starrocks.ts';

let sr: StarRocks | undefined;
afterEach(() => sr?.close());

async function start(options: EmulatorOptions = {}): Promise<StarRocks> {
  sr = await StarRocks.start(options);
  await sr.table('t', 'id INT');
  return sr;
}

const ROWS = Buffer.from('[{"id":1},{"id":2}]');

/** A zstd frame that holds its content as it is. */
function zstdFrame(content: Buffer): Buffer {
  const block = Buffer.alloc(3);
  block.writeUIntLE((content.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, content.length), block, content]);
}

const CODECS: [string, (body: Buffer) => Buffer][] = [
  ['gzip', (body) => gzipSync(body)],
  ['zstd', zstdFrame],
  ['lz4_frame', (body) => compressFrameSync(body)],
  ['snappy', (body) => compressSync(body)],
];

describe('compression of JSON bodies (§2.4)', () => {
  it.each(CODECS)('%s from 3.2.7 on', async (compression, compress) => {
    const { load } = bind(await start({ version: '3.2.7' }));
    const body = compress(ROWS);
    expect(await load(body, { compression })).toMatchObject({
      Status: 'Success',
      NumberLoadedRows: 2,
      LoadBytes: body.length,
    });
    expect(await load(body, { 'Content-Encoding': compression.toUpperCase() })).toMatchObject({ Status: 'Success' });
  });

  it('is ignored before 3.2.7, and the compressed bytes are no JSON', async () => {
    const { load } = bind(await start({ version: '3.2.6' }));
    expect(await load(gzipSync(ROWS), { compression: 'gzip' })).toMatchObject({ Status: 'Fail' });
  });

  it.each(CODECS.filter(([name]) => name === 'zstd' || name === 'lz4_frame'))(
    'drops what follows the first %s frame without a word',
    async (compression, compress) => {
      const { load } = bind(await start());
      const body = Buffer.concat([compress(ROWS), compress(Buffer.from('[{"id":3}]'))]);
      expect(await load(body, { compression })).toMatchObject({ Status: 'Success', NumberLoadedRows: 2 });
    },
  );

  it('refuses names that it does not know, both headers at once, and truncated frames', async () => {
    const { load } = bind(await start());
    expect((await load(ROWS, { compression: 'br' })).Message).toBe('Unsupported compression type: br');
    expect((await load(ROWS, { compression: 'gzip', 'Content-Encoding': 'gzip' })).Message).toContain(
      'Only one of http header content-encoding and compression can be set',
    );
    expect((await load(ROWS, { compression: 'lz4' })).Message).toContain('Unknown compress type');
    expect(await load(zstdFrame(ROWS).subarray(0, 20), { compression: 'zstd' })).toMatchObject({ Status: 'Fail' });
    expect((await load(ROWS, { compression: 'bzip2' })).Message).toContain('not emulated');
  });

  it('takes compressed CSV by format', async () => {
    const server = await start();
    const csv = Buffer.from('1\n2\n');
    expect(await server.load('t', gzipSync(csv), { format: 'gzip' })).toMatchObject({ NumberLoadedRows: 2 });
    expect(await server.load('t', compressFrameSync(csv), { format: 'lz4' })).toMatchObject({ NumberLoadedRows: 2 });
    expect(await server.load('t', zstdFrame(csv), { format: 'zstd' })).toMatchObject({ NumberLoadedRows: 2 });
  });
});

function bind(server: StarRocks) {
  return {
    load: (body: Buffer, headers: Record<string, string>) => server.load('t', body, { ...JSON_ARRAY, ...headers }),
  };
}

describe('what older releases do (§10)', () => {
  it('no transaction interface before 2.4', async () => {
    const server = await start({ version: '2.3.0' });
    const answer = await callAndFollow({
      method: 'POST',
      url: `${server.feUrl}/api/transaction/begin`,
      headers: server.authorization(),
    });
    expect(JSON.parse(answer.text)).toEqual({ status: 'FAILED', msg: 'Not implemented' });
  });

  it('100 running transactions before 3.1', async () => {
    const server = await start({ version: '3.0.0' });
    for (let index = 0; index < 100; index++) await server.transaction('begin', newLabel(), 't');
    expect((await server.loadRows('t', [{ id: 1 }])).Message).toMatch(
      /current running txns on db \d+ is 100, larger than limit 100/,
    );
  });

  it('says too many versions in other words before 2.5', async () => {
    const server = await start({ version: '2.4.0' });
    server.emulator?.failNext('stream_load.execute', 'too_many_versions');
    expect((await server.loadRows('t', [{ id: 1 }])).Message).toMatch(/^Too many versions\. tablet_id: /);
  });

  it('knows no skip_header, AUTO_INCREMENT, generated column and merge commit before their time', async () => {
    const server = await start({ version: '2.5.0' });
    expect(await server.load('t', '1\n2\n', { skip_header: '1' })).toMatchObject({ NumberLoadedRows: 2 });
    await expect(server.table('auto', 'id BIGINT NOT NULL AUTO_INCREMENT', 'PRIMARY KEY(id)')).rejects.toThrow(
      /2\.5\.0/,
    );
    await expect(server.table('gen', 'id INT, g INT AS id + 1')).rejects.toThrow(/2\.5\.0/);
    const answer = await server.loadRows('t', [{ id: 1 }], { enable_merge_commit: 'true' });
    expect(answer).not.toHaveProperty('RequestId');
  });

  it('tells its version over SQL', async () => {
    const server = await start({ version: '3.3.5' });
    expect(await server.sql('SELECT current_version() v')).toEqual([{ v: '3.3.5 emulated' }]);
  });
});

describe('null mode', () => {
  it('counts rows exactly, and stores none', async () => {
    const server = await start({ nullMode: true });
    const tricky = [{ id: 1, s: '},{"\\"' }, { id: 2, n: [{ a: {} }, []] }, { id: 3 }];
    expect(await server.loadRows('t', tricky)).toMatchObject({
      Status: 'Success',
      NumberTotalRows: 3,
      NumberLoadedRows: 3,
    });
    const stream = tricky.map((row) => JSON.stringify(row)).join('');
    expect(await server.load('t', stream, { format: 'json' })).toMatchObject({ NumberLoadedRows: 3 });
    expect(await server.load('t', '1\n2\n3\n4', {})).toMatchObject({ NumberLoadedRows: 4 });
    expect(await server.load('t', gzipSync(ROWS), { ...JSON_ARRAY, compression: 'gzip' })).toMatchObject({
      NumberLoadedRows: 2,
    });
    expect(await server.load('t', '[]', JSON_ARRAY)).toMatchObject({ Status: 'Fail' });
    expect(await server.sql('SELECT count(*) c FROM t')).toEqual([{ c: 0 }]);
    expect(server.emulator?.stats().rowsLoaded).toBe(12);
  });

  it('runs transactions too, and counts their rows once they are committed', async () => {
    const server = await start({ nullMode: true });
    await server.transaction('begin', 'l', 't');
    await server.transaction('load', 'l', 't', JSON_ARRAY, ROWS);
    await server.transaction('load', 'l', 't', JSON_ARRAY, ROWS);
    expect(await server.transaction('prepare', 'l', 't')).toMatchObject({ NumberLoadedRows: 4 });
    expect(server.emulator?.stats().rowsLoaded).toBe(0);
    expect(await server.transaction('commit', 'l', 't')).toMatchObject({ Status: 'OK' });
    expect(server.emulator?.stats().rowsLoaded).toBe(4);
    await server.transaction('begin', 'm', 't');
    await server.transaction('load', 'm', 't', JSON_ARRAY, ROWS);
    await server.transaction('prepare', 'm', 't');
    expect(await server.transaction('rollback', 'm', 't')).toMatchObject({ Status: 'OK' });
    expect(server.emulator?.stats().rowsLoaded).toBe(4);
  });
});
