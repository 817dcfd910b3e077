import { describe, expect, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import { type Compression, canCompress, compressBody } from '../../src/sinks/starrocks/compress-body.ts';
import { isAtLeast } from '../../src/sinks/starrocks/server-version.ts';
import { StreamLoadClient } from '../../src/sinks/starrocks/stream-load-client.ts';

const { signal } = new AbortController();

async function setUp(
  compression: Compression,
  version = '3.5.4',
): Promise<{ starrocks: Emulator; client: StreamLoadClient }> {
  const starrocks = await startEmulator({ version });
  onTestFinished(() => starrocks.close());
  await starrocks.query(
    'CREATE DATABASE d; CREATE TABLE d.t (id BIGINT, s STRING) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
  );
  const client = new StreamLoadClient({
    urls: [starrocks.feUrl],
    database: 'd',
    username: 'root',
    password: '',
    connectMs: 1_000,
    idleMs: 5_000,
    properties: { format: 'json', strip_outer_array: 'true' },
    compression,
  });
  onTestFinished(() => client.close());
  return { starrocks, client };
}

describe('compressed loads (trap 12)', () => {
  it.each(['none', 'gzip', 'lz4_frame'] as const)(
    '%s: 20,000 rows in several chunks arrive whole',
    async (compression) => {
      const { starrocks, client } = await setUp(compression);
      const rows = Array.from({ length: 20_000 }, (_, id) => `{"id":${id},"s":"${'text '.repeat(id % 20)}"}`);
      const chunks = [
        Buffer.from('['),
        Buffer.from(rows.slice(0, 9_000).join(',')),
        Buffer.from(`,${rows.slice(9_000).join(',')}]`),
      ];
      const body = { chunks, length: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
      expect(await client.load('t', 'l', body, signal)).toMatchObject({
        verdict: 'loaded',
        rows: { total: 20_000, loaded: 20_000 },
      });
      const sent = await compressBody(body, compression);
      expect(starrocks.stats().bytesReceived).toBe(sent.length);
      if (compression !== 'none') expect(sent.length).toBeLessThan(body.length / 4);
      const [found] = await starrocks.query('SELECT count(*) AS n, sum(id) AS ids, sum(length(s)) AS text FROM d.t');
      expect({ n: Number(found?.n), ids: Number(found?.ids), text: Number(found?.text) }).toEqual({
        n: 20_000,
        ids: (20_000 * 19_999) / 2,
        text: rows.reduce((sum, _, id) => sum + 5 * (id % 20), 0),
      });
    },
  );

  it('the server’s version is known from 3.2 on, so that an older one is never sent what it cannot read', async () => {
    const { client } = await setUp('none', '3.2.7');
    const version = await client.serverVersion(signal);
    expect(version).toEqual({ major: 3, minor: 2, patch: 7 });
    expect(version && isAtLeast(version, 3, 2, 7)).toBe(true);
    expect(version && isAtLeast(version, 3, 2, 8)).toBe(false);
    expect(version && isAtLeast(version, 2, 5, 0)).toBe(true);
    const { client: old } = await setUp('none', '3.1.0');
    expect(await old.serverVersion(signal)).toBeUndefined();
  });

  it('zstd is written only where Node.js can, and refused by name elsewhere', async () => {
    const body = { chunks: [Buffer.from('[{"id":1}]')], length: 10 };
    if (canCompress('zstd')) {
      expect((await compressBody(body, 'zstd')).chunks[0]?.subarray(0, 4)).toEqual(
        Buffer.from([0x28, 0xb5, 0x2f, 0xfd]),
      );
    } else {
      await expect(compressBody(body, 'zstd')).rejects.toThrow('This Node.js cannot write zstd.');
    }
  });
});
