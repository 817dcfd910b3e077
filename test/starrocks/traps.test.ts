// The traps that authors of Stream Load clients fall into (the reference's §13), each with the client that must not.
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/index.ts';
import { defaultLoadProperties } from '../../src/config/starrocks-settings.ts';
import { Limiter } from '../../src/core/limiter.ts';
import { JSON_ROWS } from '../../src/core/row-format.ts';
import { TaskStats } from '../../src/core/task-stats.ts';
import { type LoadResult } from '../../src/sinks/starrocks/batch-loader.ts';
import { frameBody } from '../../src/sinks/starrocks/load-body.ts';
import { newLoadLabel } from '../../src/sinks/starrocks/load-label.ts';
import { type LoadBody } from '../../src/sinks/starrocks/starrocks-http.ts';
import { StreamLoadClient, type StreamLoadClientOptions } from '../../src/sinks/starrocks/stream-load-client.ts';
import { StreamLoadLane } from '../../src/sinks/starrocks/stream-load-lane.ts';
import { TableLoader } from '../../src/sinks/starrocks/table-loader.ts';
import { TransactionClient } from '../../src/sinks/starrocks/transaction-client.ts';
import { TransactionalLoad } from '../../src/sinks/starrocks/transactional-load.ts';
import { badRecords } from '../support/bad-records.ts';
import { eventually } from '../support/eventually.ts';
import { loadJob, loadOne } from '../support/load-job.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const PASSWORD = 'secret:with:colons';
const { signal } = new AbortController();

function bodyOf(rows: unknown[] | string): LoadBody {
  const bytes = Buffer.from(typeof rows === 'string' ? rows : JSON.stringify(rows));
  return { chunks: [bytes], length: bytes.length };
}

interface Bench {
  readonly starrocks: Emulator;
  readonly client: StreamLoadClient;
  readonly twoPhase: TransactionalLoad;
  readonly load: (rows: unknown[] | string) => Promise<LoadResult>;
  readonly ids: () => Promise<number[]>;
}

async function setUp({
  columns = 'id BIGINT',
  model = 'DUPLICATE',
  options = {},
  emulator = {},
}: {
  columns?: string;
  model?: string;
  options?: Partial<StreamLoadClientOptions>;
  emulator?: EmulatorOptions;
} = {}): Promise<Bench> {
  const starrocks = await startEmulator({ rootPassword: PASSWORD, ...emulator });
  onTestFinished(() => starrocks.close());
  await starrocks.query(`CREATE DATABASE d; CREATE TABLE d.t (${columns}) ${model} KEY(id) DISTRIBUTED BY HASH(id)`);
  const all: StreamLoadClientOptions = {
    urls: starrocks.feUrls,
    database: 'd',
    username: 'root',
    password: PASSWORD,
    connectMs: 1_000,
    idleMs: 300,
    properties: { ...defaultLoadProperties, format: 'json' },
    ...options,
  };
  const client = new StreamLoadClient(all);
  const transactions = new TransactionClient(all);
  onTestFinished(() => {
    client.close();
    transactions.close();
  });
  const loader = new TableLoader({
    pipeline: 'p',
    target: { name: 't', database: 'db', table: 't' },
    client: () => client,
    stats: new TaskStats(),
    logger: new RecordingLogger(),
    onOverload: () => undefined,
  });
  return {
    starrocks,
    client,
    twoPhase: new TransactionalLoad({
      table: 't',
      client: transactions,
      labelState: (label, until) => client.labelState(label, until),
    }),
    load: (rows) => loadOne(loader, loadJob(bodyOf(rows), signal, rows.length), new Limiter(1)),
    ids: async () => (await starrocks.query('SELECT id FROM d.t ORDER BY id')).map(({ id }) => Number(id)),
  };
}

/** A stand-in for what the emulator does not tell: what exactly an FE or a BE was sent. */
async function recordingServer(answer: { status: number; location?: string; body?: string }): Promise<{
  url: string;
  seen: { headers: IncomingHttpHeaders; bytes: number }[];
}> {
  const seen: { headers: IncomingHttpHeaders; bytes: number }[] = [];
  const server: Server = createServer();
  server.on('checkContinue', (request, response) => {
    const one = { headers: request.headers, bytes: 0 };
    seen.push(one);
    request.on('data', (chunk: Buffer) => (one.bytes += chunk.length));
    if (answer.location === undefined) response.writeContinue();
    const finish = (): void => {
      response.writeHead(
        answer.status,
        answer.location === undefined ? {} : { location: answer.location, connection: 'close' },
      );
      response.end(answer.body ?? '');
    };
    if (answer.location === undefined) request.on('end', finish);
    else finish();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const SUCCESS = JSON.stringify({ Status: 'Success', Message: 'OK', NumberTotalRows: 1, NumberLoadedRows: 1 });

const noSearch = (): Promise<never> => Promise.reject(new Error('No row was expected to be refused.'));

describe('traps', () => {
  it('1: HTTP 200 is not success', async () => {
    const { client, ids } = await setUp();
    expect(await client.load('absent', newLoadLabel('p', 't'), bodyOf([{ id: 1 }]), signal)).toMatchObject({
      verdict: 'refused',
    });
    expect(await ids()).toEqual([]);
  });

  it('2: the redirect is followed with method, body and credentials', async () => {
    const { load, ids } = await setUp({ emulator: { rootPassword: PASSWORD, backends: 2 } });
    expect((await load([{ id: 1 }])).verdict).toBe('loaded');
    expect((await load([{ id: 2 }])).verdict).toBe('loaded');
    expect(await ids()).toEqual([1, 2]);
  });

  it('3: not one byte of the body goes to the FE', async () => {
    const be = await recordingServer({ status: 200, body: SUCCESS });
    const fe = await recordingServer({ status: 307, location: `${be.url}/api/d/t/_stream_load` });
    const { load } = await setUp({ options: { urls: [fe.url] } });
    expect((await load([{ id: 1, text: 'x'.repeat(100_000) }])).verdict).toBe('loaded');
    expect(fe.seen.map(({ bytes }) => bytes)).toEqual([0]);
    expect(be.seen[0]?.bytes).toBeGreaterThan(100_000);
  });

  it('4: a slow FE is waited for, because it never says 100 Continue', async () => {
    const { starrocks, load, ids } = await setUp({ options: { idleMs: 3_000 } });
    starrocks.addFault({ at: 'fe.stream_load', delayMs: 1_200 });
    expect((await load([{ id: 1 }])).verdict).toBe('loaded');
    expect(await ids()).toEqual([1]);
  });

  it('5: a label that is finished already is success, not a reason to load again', async () => {
    const { starrocks, load, ids } = await setUp();
    starrocks.addFault({ at: 'stream_load.commit', when: 'after', cut: true });
    expect((await load([{ id: 1 }])).verdict).toBe('loaded');
    expect(await ids()).toEqual([1]);
  });

  it('6: every retry of the same bytes has the same label', async () => {
    const { starrocks, client, load, ids } = await setUp();
    const loads = vi.spyOn(client, 'load');
    starrocks.failNext('stream_load.begin', 'too_many_transactions', 2);
    expect((await load([{ id: 1 }])).verdict).toBe('loaded');
    expect(loads).toHaveBeenCalledTimes(3);
    expect(new Set(loads.mock.calls.map(([, label]) => label)).size).toBe(1);
    expect(await ids()).toEqual([1]);
  });

  it('7: a label that StarRocks has forgotten is reported as unknown, not taken for success', async () => {
    const { twoPhase } = await setUp();
    expect(await twoPhase.commit('never-begun', signal)).toBe('unknown');
  });

  it('8: any name makes a legal label', () => {
    for (const name of ['a.b:c/d', '表', 'x'.repeat(500), ''])
      expect(newLoadLabel(name, name)).toMatch(/^[-\w]{1,128}$/);
  });

  it('9: a column DEFAULT applies only to columns that a load leaves out', async () => {
    const columns = 'id BIGINT, city VARCHAR(20) DEFAULT "here"';
    const plain = await setUp({ columns });
    await plain.load([{ id: 1 }]);
    expect(await plain.starrocks.query('SELECT city FROM d.t')).toEqual([{ city: null }]);
    const listed = await setUp({
      columns,
      options: { properties: { ...defaultLoadProperties, format: 'json', columns: 'id' } },
    });
    await listed.load([{ id: 1 }]);
    expect(await listed.starrocks.query('SELECT city FROM d.t')).toEqual([{ city: 'here' }]);
  });

  it('10: a value that does not fit is refused, not turned into NULL', async () => {
    const { load, ids } = await setUp({ columns: 'id BIGINT, small TINYINT' });
    expect(await load([{ id: 1, small: 1000 }])).toMatchObject({ verdict: 'rejected' });
    expect(await ids()).toEqual([]);
  });

  it('11: digits arrive as they were sent', async () => {
    const { starrocks, load } = await setUp({ columns: 'id BIGINT, big LARGEINT, exact DECIMAL(38,9)' });
    await load('[{"id":9223372036854775807,"big":18446744073709551616,"exact":12345678901234567890.123456789}]');
    expect(await starrocks.query('SELECT id, big, exact FROM d.t')).toEqual([
      { id: '9223372036854775807', big: '18446744073709551616', exact: '12345678901234567890.123456789' },
    ]);
  });

  it('13 and 14: the body has a Content-Length and is one array, so a truncated one is an error', async () => {
    const be = await recordingServer({ status: 200, body: SUCCESS });
    const fe = await recordingServer({ status: 307, location: `${be.url}/x` });
    const { load } = await setUp({ options: { urls: [fe.url] } });
    await load([{ id: 1 }]);
    expect(be.seen[0]?.headers).toMatchObject({ 'content-length': '10', strip_outer_array: 'true' });
    expect(be.seen[0]?.headers['transfer-encoding']).toBeUndefined();
    const { starrocks, load: loadForReal, ids } = await setUp();
    starrocks.addFault({ at: 'stream_load.body', cut: true });
    expect((await loadForReal([{ id: 1 }, { id: 2 }])).verdict).toBe('loaded');
    expect(await ids()).toEqual([1, 2]);
  });

  it('15: an empty load is never sent', () => {
    expect(() => frameBody([])).toThrow(/at least one row/);
  });

  it('16: a key __op deletes from a Primary Key table', async () => {
    const { load, ids } = await setUp({ model: 'PRIMARY', columns: 'id BIGINT NOT NULL' });
    await load([{ id: 1 }, { id: 2 }]);
    await load([{ id: 1, __op: 1 }]);
    expect(await ids()).toEqual([2]);
  });

  it('17: two ranges of one partition are never in flight together, so the later value of a key stays', async () => {
    const { starrocks, client } = await setUp({
      model: 'PRIMARY',
      columns: 'id BIGINT NOT NULL, v STRING',
      options: { idleMs: 5_000 },
    });
    const stats = new TaskStats();
    const logger = new RecordingLogger();
    const lane = new StreamLoadLane({
      table: 't',
      createLoader: (onOverload) =>
        new TableLoader({
          pipeline: 'p',
          target: { name: 't', database: 'db', table: 't' },
          client: () => client,
          stats,
          logger,
          onOverload,
        }),
      maxBytes: 1_000,
      concurrency: 2,
      limiter: new Limiter(2),
      stats,
      logger,
      badRecords: badRecords(),
      refusedRows: () => ({ findAll: noSearch, findFirst: noSearch }),
      findBadRows: () => [],
      onBuffered: () => undefined,
      onStopped: (error) => {
        throw error;
      },
      onSettled: () => undefined,
      onReopened: () => undefined,
    });
    onTestFinished(() => lane.close());
    // The first load is slow: a second one beside it would overtake it.
    starrocks.addFault({ at: 'stream_load.execute', delayMs: 400 });
    const loaded: string[] = [];
    for (const [offset, v] of ['older', 'newer'].entries()) {
      const body = Buffer.from(`{"id":1,"v":"${v}"},`);
      const common = { topic: 'x', partition: 0, firstOffset: offset, nextOffset: offset + 1, bytes: 600, rows: 1 };
      const part = {
        ...common,
        generation: 1,
        format: JSON_ROWS,
        body,
        rowEnds: Uint32Array.of(body.length - 1),
        rowOffset: () => offset,
      };
      lane.offer({ ...common, times: { arrived: 0, closed: 0 }, parts: [part], signal, loaded: () => loaded.push(v) });
    }
    await eventually(() => expect(loaded).toEqual(['older', 'newer']));
    expect(await starrocks.query('SELECT v FROM d.t')).toEqual([{ v: 'newer' }]);
  });

  it('18 and 19: a load that was received is not yet taken: prepare refuses the bad row, and nothing is left open', async () => {
    const { starrocks, twoPhase, ids } = await setUp({ columns: 'id BIGINT, small TINYINT' });
    const label = newLoadLabel('p', 't');
    expect(await twoPhase.prepare(label, bodyOf([{ id: 1, small: 1000 }]), signal)).toMatchObject({
      verdict: 'rejected',
      message: expect.stringContaining('too many filtered rows') as unknown,
    });
    expect(starrocks.stats().openTransactions).toBe(0);
    expect(await ids()).toEqual([]);
  });

  it.each(['too_many_versions', 'too_many_transactions', 'memory', 'compaction', 'not_master', 'shutting_down'])(
    '20: "%s" passes with patience',
    async (failure) => {
      const { starrocks, load, ids } = await setUp();
      starrocks.failNext('stream_load.execute', failure, 1);
      expect((await load([{ id: 1 }])).verdict).toBe('loaded');
      expect(await ids()).toEqual([1]);
    },
  );

  it('21: an error log that cannot be fetched costs its text, not the load', async () => {
    const { client } = await setUp();
    expect(await client.errorLog('http://127.0.0.1:1/api/_load_error_log?file=x', signal)).toBe('');
    expect(await client.errorLog('not an address', signal)).toBe('');
  });

  it('22: the FE’s own shapes of an error are understood', async () => {
    const { client } = await setUp({ options: { password: 'wrong' } });
    expect(await client.load('t', newLoadLabel('p', 't'), bodyOf([{ id: 1 }]), signal)).toMatchObject({
      verdict: 'refused',
      message: expect.stringContaining('Access denied') as unknown,
    });
  });

  it('23 and 24: a load that outlives its request is waited for, and loaded once', async () => {
    const { starrocks, load, ids } = await setUp();
    starrocks.addFault({ at: 'stream_load.execute', delayMs: 1_500 });
    expect((await load([{ id: 1 }])).verdict).toBe('loaded');
    expect(await ids()).toEqual([1]);
  });

  it('25: UNKNOWN before anything began only means to send the same label again; another database is an error', async () => {
    const { starrocks, client, load, ids } = await setUp();
    starrocks.addFault({ at: 'stream_load.begin', cut: true });
    expect((await load([{ id: 1 }])).verdict).toBe('loaded');
    expect(await ids()).toEqual([1]);
    expect(await client.labelState('nobody', signal)).toBe('UNKNOWN');
    const elsewhere = await setUp({ options: { urls: starrocks.feUrls, database: 'nowhere' } });
    await expect(elsewhere.client.labelState('x', signal)).rejects.toThrow(/did not tell the state/);
  });
});

describe('addresses', () => {
  it('a BE that registered an address which cannot be reached from here is reached through the map', async () => {
    const { starrocks, load, ids } = await setUp();
    const [be] = starrocks.beUrls.map((url) => new URL(url).host);
    const mapped = await setUp({ options: { addressMap: { '10.255.255.1:8040': be ?? '' }, urls: starrocks.feUrls } });
    starrocks.addFault({ at: 'fe.stream_load', redirect: 'http://10.255.255.1:8040/api/d/t/_stream_load' });
    expect((await mapped.load([{ id: 1 }])).verdict).toBe('loaded');
    expect(await ids()).toEqual([1]);
    starrocks.addFault({ at: 'fe.stream_load', redirect: 'http://127.0.0.1:1/api/d/t/_stream_load' });
    expect((await load([{ id: 2 }])).verdict).toBe('loaded');
  });

  it('a redirect to a dead address names both hosts and the cure', async () => {
    const { starrocks, client } = await setUp();
    starrocks.addFault({ at: 'fe.stream_load', redirect: 'http://127.0.0.1:1/api/d/t/_stream_load' });
    const { feUrl } = starrocks;
    await expect(client.load('t', 'l', bodyOf([{ id: 1 }]), signal)).rejects.toThrow(
      new RegExp(`127\\.0\\.0\\.1:1.*The FE \\(${feUrl}\\) sent us.*starrocks\\.addressMap`),
    );
  });
});
