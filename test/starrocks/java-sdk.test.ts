import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { fetchJars } from '../../services/support/jars.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, 'java-sdk');
const DOWNLOAD_MS = 300_000;

/** A client that nobody here wrote: what it can load through, any loader can be tested against. */
describe('StarRocks’ Java Stream Load SDK 1.0 loads into the emulator', () => {
  let jars: string;
  beforeAll(async () => {
    jars = await fetchJars(
      { name: 'stream-load-sdk', title: 'StarRocks’ Stream Load SDK', pom: join(FOLDER, 'pom.xml') },
      () => undefined,
    );
  }, DOWNLOAD_MS);

  it.each([
    ['plain', 'none'],
    ['transaction', 'none'],
    ['two-phase', 'none'],
    ['plain', 'lz4_frame'],
  ])('%s, compression %s: 1,000 rows once each, nothing left open', async (mode, compression) => {
    const starrocks = await startEmulator({ rootPassword: 'secret' });
    onTestFinished(() => starrocks.close());
    await starrocks.query(
      'CREATE DATABASE d; CREATE TABLE d.t (id BIGINT, s STRING) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)',
    );
    const options = compression === 'none' ? [] : [compression];
    const args = [
      '-cp',
      join(jars, '*'),
      join(FOLDER, 'LoadWithSdk.java'),
      starrocks.feHostPort,
      mode,
      '1000',
      ...options,
    ];
    const { stdout } = await run('java', args, { timeout: 100_000 });
    expect(stdout.trim()).toBe('done');
    const [found] = await starrocks.query('SELECT count(*) AS n, count(DISTINCT id) AS d, max(s) AS s FROM d.t');
    expect(found).toEqual({ n: 1000, d: 1000, s: 'row 999' });
    expect(starrocks.stats().openTransactions).toBe(0);
  });
});
