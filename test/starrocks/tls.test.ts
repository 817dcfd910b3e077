import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { StreamLoadClient, type StreamLoadClientOptions } from '../../src/sinks/starrocks/stream-load-client.ts';
import { TransactionClient } from '../../src/sinks/starrocks/transaction-client.ts';

const pem = (name: string): string =>
  readFileSync(new URL(`../emulator/fixtures/fe-${name}.pem`, import.meta.url), 'utf8');
const { signal } = new AbortController();
const bytes = Buffer.from('[{"id":1}]');
const body = { chunks: [bytes], length: bytes.length };

async function setUp(ca?: string): Promise<StreamLoadClientOptions> {
  const starrocks = await startEmulator({ feTls: { key: pem('key'), cert: pem('cert') } });
  onTestFinished(() => starrocks.close());
  await starrocks.query('CREATE DATABASE d; CREATE TABLE d.t (id INT) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)');
  const properties = { format: 'json', strip_outer_array: 'true' };
  return {
    urls: starrocks.feUrls,
    database: 'd',
    username: 'root',
    password: '',
    connectMs: 2_000,
    idleMs: 2_000,
    properties,
    ca,
  };
}

it('loads, label states and transactions go through an FE that speaks https, once its certificate is trusted', async () => {
  const options = await setUp(pem('cert'));
  const client = new StreamLoadClient(options);
  const transactions = new TransactionClient(options);
  onTestFinished(() => {
    client.close();
    transactions.close();
  });
  expect((await client.load('t', 'one', body, signal)).verdict).toBe('loaded');
  expect(await client.labelState('one', signal)).toBe('VISIBLE');
  expect((await transactions.begin('t', 'two', signal)).verdict).toBe('done');
  expect((await transactions.load('t', 'two', body, signal)).verdict).toBe('done');
  expect((await transactions.prepare('t', 'two', signal)).rows?.loaded).toBe(1);
  expect((await transactions.commit('t', 'two', signal)).verdict).toBe('done');
});

it('a certificate that nobody trusts is refused before the password is sent, and said', async () => {
  const client = new StreamLoadClient(await setUp());
  onTestFinished(() => client.close());
  await expect(client.load('t', 'one', body, signal)).rejects.toThrow(/No StarRocks FE answers.*certificate/);
});
