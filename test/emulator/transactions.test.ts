import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator } from '../../emulator/index.ts';
import { callAndFollow } from '../contract/support/http.ts';
import { JSON_ARRAY, newLabel, StarRocks } from '../contract/support/starrocks.ts';

let sr: StarRocks;
let emulator: Emulator;

async function start(options: Parameters<typeof StarRocks.start>[0] = {}): Promise<void> {
  sr = await StarRocks.start(options);
  if (sr.emulator === undefined) throw new Error('these tests are about the emulator');
  emulator = sr.emulator;
  await sr.table('t', 'id INT');
}

async function prepared(headers: Record<string, string> = {}): Promise<string> {
  const label = newLabel();
  await sr.transaction('begin', label, 't');
  await sr.transaction('load', label, 't', JSON_ARRAY, '[{"id":1}]');
  expect(await sr.transaction('prepare', label, 't', headers)).toMatchObject({ Status: 'OK' });
  return label;
}

beforeEach(() => start());
afterEach(() => sr.close());

describe('timers (§7.4)', () => {
  it('aborts a transaction that is not prepared within its timeout', async () => {
    const label = newLabel();
    await sr.transaction('begin', label, 't', { timeout: '60' });
    emulator.advanceClock(61_000);
    expect(await sr.loadState(label)).toBe('ABORTED');
    expect(await sr.transaction('load', label, 't', JSON_ARRAY, '[{"id":1}]')).toMatchObject({
      Status: 'TXN_NOT_EXISTS',
    });
  });

  it('aborts a transaction that nothing is loaded into for its idle timeout', async () => {
    const label = newLabel();
    await sr.transaction('begin', label, 't', { idle_transaction_timeout: '40' });
    emulator.advanceClock(35_000);
    await sr.transaction('load', label, 't', JSON_ARRAY, '[{"id":1}]');
    emulator.advanceClock(35_000);
    expect(await sr.loadState(label)).toBe('PREPARE');
    emulator.advanceClock(35_000);
    expect(await sr.loadState(label)).toBe('ABORTED');
  });

  it('aborts a prepared transaction after its prepared_timeout, or a day', async () => {
    const soon = await prepared({ prepared_timeout: '100' });
    const late = await prepared();
    emulator.advanceClock(101_000);
    expect(await sr.loadState(soon)).toBe('ABORTED');
    expect(await sr.loadState(late)).toBe('PREPARED');
    emulator.advanceClock(86_400_000);
    expect(await sr.loadState(late)).toBe('ABORTED');
  });

  it('ignores prepared_timeout before 3.5.4', async () => {
    await sr.close();
    await start({ version: '3.5.3' });
    const label = await prepared({ prepared_timeout: '100' });
    emulator.advanceClock(200_000);
    expect(await sr.loadState(label)).toBe('PREPARED');
  });
});

describe('the loss of a coordinator (§7.1)', () => {
  it('aborts what was in PREPARE and keeps what was PREPARED', async () => {
    const open = newLabel();
    await sr.transaction('begin', open, 't');
    await sr.transaction('load', open, 't', JSON_ARRAY, '[{"id":1}]');
    const done = await prepared();
    await emulator.stop('be');
    await emulator.start('be');
    expect(await sr.loadState(open)).toBe('ABORTED');
    expect(await sr.transaction('commit', done, 't')).toMatchObject({ Status: 'OK' });
    expect(await emulator.query(`SELECT id FROM ${sr.database}.t`)).toEqual([{ id: 1 }]);
  });

  it('can be commited by an FE that was restarted', async () => {
    const label = await prepared();
    await emulator.stop('fe');
    await emulator.start('fe');
    expect(await sr.transaction('commit', label, 't')).toMatchObject({ Status: 'OK' });
  });
});

describe('several nodes', () => {
  it('sends every operation to the BE that began the transaction', async () => {
    await sr.close();
    await start({ backends: 3 });
    for (let round = 0; round < 6; round++) await prepared();
    expect(emulator.stats().transactions).toEqual({ PREPARED: 6 });
  });

  it('goes from a follower to the leader and from there to a BE', async () => {
    await sr.close();
    await start({ follower: true });
    const label = newLabel();
    const url = `${emulator.feUrls[1] ?? ''}/api/transaction/begin`;
    const headers = { ...sr.authorization(), label, db: sr.database, table: 't' };
    const { text } = await callAndFollow({ method: 'POST', url, headers });
    expect(JSON.parse(text)).toMatchObject({ Status: 'OK', Label: label });
  });

  it('a new leader finds the BE that began a transaction, and the old one sends on to it', async () => {
    await sr.close();
    await start({ follower: true, backends: 3 });
    const [oldLeader = '', newLeader = ''] = emulator.feUrls;
    const label = newLabel();
    await sr.transaction('begin', label, 't');
    emulator.moveLeader();
    expect(emulator.feUrl).toBe(newLeader);
    const headers = { ...sr.authorization(), label, db: sr.database, table: 't' };
    const rollback = { method: 'POST', url: `${oldLeader}/api/transaction/rollback`, headers } as const;
    const { text } = await callAndFollow(rollback);
    expect(JSON.parse(text)).toMatchObject({ Status: 'OK', Label: label });
    expect(emulator.stats().transactions).toEqual({ ABORTED: 1 });
  });

  it('loses the first context when an old release gets begin twice [U]', async () => {
    await sr.close();
    await start({ backends: 2, version: '3.4.0' });
    const label = newLabel();
    await sr.transaction('begin', label, 't');
    expect(await sr.transaction('begin', label, 't')).toMatchObject({ ExistingJobStatus: 'RUNNING' });
    expect(await sr.transaction('load', label, 't', JSON_ARRAY, '[{"id":1}]')).toMatchObject({
      Status: 'TXN_NOT_EXISTS',
    });
  });
});

describe('operations at the same time (§7.1)', () => {
  async function halfLoad(label: string): Promise<Socket> {
    const be = new URL(emulator.beUrls[0] ?? '');
    const socket = connect(Number(be.port), be.hostname);
    const headers = {
      ...sr.authorization(),
      ...JSON_ARRAY,
      label,
      db: sr.database,
      table: 't',
      Expect: '100-continue',
    };
    const lines = Object.entries({ ...headers, 'Content-Length': '100' }).map(([name, value]) => `${name}: ${value}`);
    socket.write(`PUT /api/transaction/load HTTP/1.1\r\nHost: be\r\n${lines.join('\r\n')}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    return socket;
  }

  it('are turned away with TXN_IN_PROCESSING, and nothing is lost by it', async () => {
    const label = newLabel();
    await sr.transaction('begin', label, 't');
    const socket = await halfLoad(label);
    expect(await sr.transaction('load', label, 't', JSON_ARRAY, '[{"id":1}]')).toMatchObject({
      Status: 'TXN_IN_PROCESSING',
      Label: label,
    });
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write('[{"id":5}]'.padEnd(100));
    await answered;
    socket.destroy();
    expect(await sr.transaction('commit', label, 't')).toMatchObject({ Status: 'OK', NumberLoadedRows: 1 });
  });

  it('leave the label in use until the BE has noticed that the client is gone (§12.10)', async () => {
    await sr.close();
    await start({ limits: { cancelDelayMs: 300 } });
    const label = newLabel();
    await sr.transaction('begin', label, 't');
    (await halfLoad(label)).destroy();
    expect(await sr.loadRows('t', [{ id: 1 }], { label })).toMatchObject({ ExistingJobStatus: 'RUNNING' });
    await expect.poll(() => sr.loadState(label)).toBe('ABORTED');
  });

  it('abort the transaction when the client goes away in the middle of a body', async () => {
    const label = newLabel();
    await sr.transaction('begin', label, 't');
    (await halfLoad(label)).destroy();
    await expect.poll(() => sr.loadState(label)).toBe('ABORTED');
  });
});

describe('publish', () => {
  it('leaves a commit COMMITTED until it is published', async () => {
    const label = await prepared();
    emulator.holdPublish();
    const answer = await sr.transaction('commit', label, 't');
    expect(answer.Status).toBe('FAILED');
    expect(answer.Message).toContain('publish timeout');
    expect(await sr.loadState(label)).toBe('COMMITTED');
    emulator.releasePublish();
    await expect.poll(() => sr.loadState(label)).toBe('VISIBLE');
  });

  it('answers PUBLISH_TIMEOUT from a BE', async () => {
    const label = newLabel();
    await sr.transaction('begin', label, 't');
    await sr.transaction('load', label, 't', JSON_ARRAY, '[{"id":1}]');
    emulator.holdPublish();
    expect(await sr.transaction('commit', label, 't')).toMatchObject({ Status: 'PUBLISH_TIMEOUT' });
  });
});
