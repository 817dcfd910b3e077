import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, type EmulatorOptions, FAILURES } from '../../emulator/index.ts';
import { call } from '../contract/support/http.ts';
import { JSON_ARRAY, newLabel, StarRocks } from '../contract/support/starrocks.ts';

let sr: StarRocks;
let emulator: Emulator;

async function start(options: EmulatorOptions = {}): Promise<void> {
  sr = await StarRocks.start({ controlPort: 0, ...options });
  if (sr.emulator === undefined) throw new Error('these tests are about the emulator');
  emulator = sr.emulator;
  await sr.table('t', 'id INT');
}

async function restart(options: EmulatorOptions): Promise<void> {
  await sr.close();
  await start(options);
}

const rows = async () => (await emulator.query(`SELECT count(*) c FROM ${sr.database}.t`))[0]?.['c'];
const load = (headers: Record<string, string> = {}) => sr.loadRows('t', [{ id: 1 }], headers);

beforeEach(() => start());
afterEach(() => sr.close());

describe('connections cut', () => {
  it.each(['stream_load.begin', 'stream_load.body', 'stream_load.execute', 'stream_load.commit'] as const)(
    'before %s leave nothing loaded and the label free',
    async (at) => {
      const label = newLabel();
      emulator.addFault({ at, cut: true });
      await expect(load({ label })).rejects.toThrow();
      expect(['UNKNOWN', 'ABORTED']).toContain(await sr.loadState(label));
      expect(await load({ label })).toMatchObject({ Status: 'Success' });
      expect(await rows()).toBe(1);
    },
  );

  it('after the commit leave the rows loaded', async () => {
    const label = newLabel();
    emulator.addFault({ at: 'stream_load.commit', when: 'after', cut: true });
    await expect(load({ label })).rejects.toThrow();
    expect(await sr.loadState(label)).toBe('VISIBLE');
    expect(await load({ label })).toMatchObject({ Status: 'Label Already Exists', ExistingJobStatus: 'FINISHED' });
    expect(await rows()).toBe(1);
  });

  it('after the whole body was read do not stop the load', async () => {
    const label = newLabel();
    emulator.addFault({ at: 'stream_load.body', when: 'after', disconnect: true });
    await expect(load({ label })).rejects.toThrow();
    await expect.poll(() => sr.loadState(label)).toBe('VISIBLE');
  });

  it.each(['begin', 'load', 'prepare', 'commit', 'rollback'] as const)(
    'after %s of a transaction',
    async (operation) => {
      const label = newLabel();
      const steps = ['begin', 'load', 'prepare', operation === 'rollback' ? 'rollback' : 'commit'] as const;
      emulator.addFault({ at: `transaction.${operation}`, when: 'after', cut: true });
      for (const step of steps) {
        const answer = sr.transaction(step, label, 't', JSON_ARRAY, step === 'load' ? '[{"id":1}]' : '');
        if (step !== operation) {
          expect(await answer).toMatchObject({ Status: 'OK' });
          continue;
        }
        await expect(answer).rejects.toThrow();
        break;
      }
      const state = await sr.loadState(label);
      const expected = {
        begin: 'PREPARE',
        load: 'PREPARE',
        prepare: 'PREPARED',
        commit: 'VISIBLE',
        rollback: 'ABORTED',
      };
      expect(state).toBe(expected[operation]);
    },
  );
});

describe('failures in the words of StarRocks', () => {
  it.each(['too_many_versions', 'memory', 'not_master', 'too_many_transactions'] as const)(
    '%s, once',
    async (failure) => {
      emulator.failNext('stream_load.execute', failure);
      expect(await load()).toMatchObject({ Status: 'Fail', Message: FAILURES[failure] });
      expect(await load()).toMatchObject({ Status: 'Success' });
    },
  );

  it('a commit whose outcome FE did not tell, though it took effect', async () => {
    const label = newLabel();
    emulator.addFault({ at: 'stream_load.commit', when: 'after', fail: 'unknown_commit_state' });
    expect((await load({ label })).Message).toContain('Transaction status unknown, you can retry with same label');
    expect(await sr.loadState(label)).toBe('VISIBLE');
  });

  it('really too many running transactions', async () => {
    await restart({ limits: { maxRunningTransactions: 2 } });
    for (const label of ['a', 'b']) await sr.transaction('begin', label, 't');
    expect((await load()).Message).toMatch(/current running txns on db \d+ is 2, larger than limit 2/);
  });

  it('graceful shutdown of a BE', async () => {
    emulator.shutDownGracefully();
    expect((await load()).Message).toContain('Service is shutting down, please retry later!');
    emulator.shutDownGracefully('be', false);
    expect(await load()).toMatchObject({ Status: 'Success' });
  });
});

describe('nodes that are gone', () => {
  it('FE and BE go and come back on their ports, and their rows stay', async () => {
    await load();
    await emulator.stop();
    await expect(load()).rejects.toThrow(/ECONNREFUSED/);
    await emulator.start();
    await load();
    expect(await rows()).toBe(2);
  });

  it('no BE alive', async () => {
    await emulator.stop('be');
    const { text } = await sr.rawLoad('t', '[]', JSON_ARRAY);
    expect(JSON.parse(text)).toMatchObject({
      Status: 'FAILED',
      Message: expect.stringContaining('No backend alive.') as string,
    });
  });

  it('FE goes around a BE that is down', async () => {
    await restart({ backends: 2 });
    await emulator.stop({ be: 0 });
    for (let round = 0; round < 3; round++) expect(await load()).toMatchObject({ Status: 'Success' });
  });

  it('a redirect to an address that is dead', async () => {
    emulator.addFault({ at: 'fe.stream_load', redirect: 'http://127.0.0.1:1/api/x/y/_stream_load' });
    await expect(load()).rejects.toThrow(/ECONNREFUSED/);
    expect(await load()).toMatchObject({ Status: 'Success' });
  });

  it('BEs that are registered under an address of their own network', async () => {
    await restart({ backendHost: '10.255.255.1' });
    const headers = { ...sr.authorization(), Expect: '100-continue' };
    const answer = await call({ method: 'PUT', url: sr.loadUrl('t'), headers });
    expect(answer.headers.location).toMatch(/^http:\/\/10\.255\.255\.1:\d+\//);
  });

  it('a BE that reads and never answers', async () => {
    emulator.hang();
    const controller = new AbortController();
    const answer = fetch(`${emulator.beUrls[0] ?? ''}/api/health`, { signal: controller.signal });
    await expect.poll(() => emulator.stats().openConnections).toBeGreaterThan(0);
    controller.abort();
    await expect(answer).rejects.toThrow();
    emulator.hang('be', false);
    expect(await load()).toMatchObject({ Status: 'Success' });
  });

  it('an operation that hangs goes on when it is let go, whether its client waited or not', async () => {
    const label = newLabel();
    const id = emulator.addFault({ at: 'stream_load.begin', hang: true });
    const answer = load({ label });
    expect(await sr.loadState(label)).toBe('UNKNOWN');
    emulator.clearFaults(id);
    expect(await answer).toMatchObject({ Status: 'Success' });
  });

  it('an HTTP status of the test writer’s choice', async () => {
    emulator.addFault({ at: 'fe.stream_load', http: { status: 503, body: 'busy' } });
    expect(await sr.rawLoad('t', '[]', JSON_ARRAY)).toMatchObject({ status: 503, text: 'busy' });
  });
});

describe('publish', () => {
  it('Publish Timeout, then VISIBLE', async () => {
    const label = newLabel();
    emulator.holdPublish();
    const answer = await load({ label });
    expect(answer).toMatchObject({ Status: 'Publish Timeout', NumberLoadedRows: 1 });
    expect(answer.Message).toContain('Publish timeout. The data will be visible after a while');
    expect(await sr.loadState(label)).toBe('COMMITTED');
    expect(await rows()).toBe(0);
    expect(await load({ label })).toMatchObject({ ExistingJobStatus: 'FINISHED' });
    emulator.releasePublish();
    await expect.poll(() => sr.loadState(label)).toBe('VISIBLE');
    expect(await rows()).toBe(1);
  });

  it('happens later, on the clock of the cluster', async () => {
    emulator.delayPublish(60_000, 0);
    const label = newLabel();
    expect(await load({ label })).toMatchObject({ Status: 'Publish Timeout' });
    emulator.advanceClock(60_000);
    await expect.poll(() => sr.loadState(label)).toBe('VISIBLE');
  });
});

describe('labels', () => {
  it('are forgotten when there are too many, and then loaded again', async () => {
    await restart({ limits: { labelKeepMaxNum: 3 } });
    const labels = Array.from({ length: 6 }, newLabel);
    for (const label of labels) await load({ label });
    emulator.sweep();
    const states = await Promise.all(labels.map((label) => sr.loadState(label)));
    expect(states).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN', 'VISIBLE', 'VISIBLE', 'VISIBLE']);
    expect(await load({ label: labels[0] ?? '' })).toMatchObject({ Status: 'Success' });
  });

  it('are forgotten after three days', async () => {
    const label = newLabel();
    await load({ label });
    emulator.advanceClock(259_100_000);
    expect(await sr.loadState(label)).toBe('VISIBLE');
    emulator.advanceClock(131_000);
    expect(await sr.loadState(label)).toBe('UNKNOWN');
  });

  it('are not forgotten while they are prepared', async () => {
    await restart({ limits: { labelKeepMaxNum: 1 } });
    const label = newLabel();
    await sr.transaction('begin', label, 't');
    await sr.transaction('load', label, 't', JSON_ARRAY, '[{"id":1}]');
    await sr.transaction('prepare', label, 't');
    for (let round = 0; round < 3; round++) await load();
    emulator.sweep();
    expect(await sr.loadState(label)).toBe('PREPARED');
  });

  it('are answered with Fail in builds with the regression (§3.2)', async () => {
    await restart({ duplicateLabelRegression: true });
    const label = newLabel();
    await load({ label });
    const answer = await load({ label });
    expect(answer.Status).toBe('Fail');
    expect(answer).not.toHaveProperty('ExistingJobStatus');
    expect(answer.Message).toMatch(/Label \[.*\] has already been used/);
  });
});

describe('the control API', () => {
  const control = async (method: string, path: string, body = '') => {
    const answer = await call({ method, url: `${emulator.controlUrl ?? ''}${path}`, body });
    return { status: answer.status, body: JSON.parse(answer.text) as unknown };
  };

  it('tells what was loaded', async () => {
    await load();
    const { body } = await control('GET', '/stats');
    expect(body).toMatchObject({ loads: { Success: 1 }, rowsLoaded: 1, openTransactions: 0, openConnections: 0 });
  });

  it('adds, lists and removes faults', async () => {
    await control('POST', '/faults', '{"at":"stream_load.begin","fail":"not_master","times":2}');
    expect((await control('GET', '/faults')).body).toMatchObject([{ at: 'stream_load.begin', when: 'before' }]);
    expect((await load()).Message).toBe('current fe is not master');
    await control('DELETE', '/faults');
    expect(await load()).toMatchObject({ Status: 'Success' });
  });

  it('moves the clock, stops and starts nodes, runs SQL', async () => {
    await control('POST', '/stop', '{"nodes":"be"}');
    expect(emulator.stats()).toMatchObject({ openConnections: 0 });
    await control('POST', '/start');
    await control('POST', '/clock', '{"advanceMs":1000}');
    expect((await control('POST', '/query', '{"sql":"SELECT 1 AS one"}')).body).toEqual({ rows: [{ one: 1 }] });
  });

  it('says what it cannot do', async () => {
    expect(await control('POST', '/faults', '{"at":"nowhere"}')).toMatchObject({ status: 400 });
    expect(await control('GET', '/nosuch')).toMatchObject({ status: 400 });
    expect(await control('POST', '/clock', '{"advanceMs":-1}')).toMatchObject({ status: 400 });
  });
});
