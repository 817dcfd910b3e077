import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { fetchJars } from '../../services/support/jars.ts';
import { findJava } from '../../services/support/java.ts';
import { JVM_OPTIONS } from '../../services/support/jvm-options.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, 'java-sdk');

/** Tables, and how the SDK loads into each. */
const WAYS = { plain: 'plain', transaction: 'transaction', two_phase: 'two-phase', compressed: 'plain,lz4_frame' };

/** A client that nobody here wrote: what it can load through, any loader can be tested against. */
it('StarRocks’ Java Stream Load SDK 1.0 loads into the emulator each way that it knows, and leaves nothing open', async () => {
  const jars = await fetchJars(
    { name: 'stream-load-sdk', title: 'StarRocks’ Stream Load SDK', pom: join(FOLDER, 'pom.xml') },
    () => undefined,
  );
  const starrocks = await startEmulator({ rootPassword: 'secret' });
  onTestFinished(() => starrocks.close());
  const tables = Object.keys(WAYS);
  await starrocks.query('CREATE DATABASE d');
  for (const table of tables) {
    await starrocks.query(`CREATE TABLE d.${table} (id BIGINT, s STRING) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`);
  }
  const ways = Object.entries(WAYS).map(([table, way]) => `${table},${way}`);
  const program = [...JVM_OPTIONS, '-cp', join(jars, '*'), join(FOLDER, 'LoadWithSdk.java')];
  const { stdout } = await run(await findJava(), [...program, starrocks.feHostPort, '1000', ...ways], {
    timeout: 200_000,
  });
  expect(stdout.trim()).toBe('done');
  for (const table of tables) {
    const [found] = await starrocks.query(`SELECT count(*) AS n, count(DISTINCT id) AS d, max(s) AS s FROM d.${table}`);
    expect(found, table).toEqual({ n: 1000, d: 1000, s: 'row 999' });
  }
  expect(starrocks.stats().openTransactions).toBe(0);
}, 600_000);
