import { Buffer } from 'node:buffer';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Limiter } from '../../../src/core/limiter.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { type LoadJob } from '../../../src/sinks/starrocks/batch-loader.ts';
import { StreamLoadClient } from '../../../src/sinks/starrocks/stream-load-client.ts';
import { TableLoader } from '../../../src/sinks/starrocks/table-loader.ts';
import { eventually } from '../../support/eventually.ts';
import { loadJob, loadOne } from '../../support/load-job.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { deadAddress, httpServer, receive, sendJson, success } from '../../support/servers.ts';

const BODY = { chunks: [Buffer.from('[{"a":1}]')], length: 9 };
const live = new AbortController().signal;
const job = (signal: AbortSignal): LoadJob => loadJob(BODY, signal);

/** What a StarRocks does with one attempt of a load. */
type Attempt = (request: IncomingMessage, response: ServerResponse) => void;

interface StarRocks {
  readonly loader: TableLoader;
  readonly stats: TaskStats;
  readonly logger: RecordingLogger;
  /** The label of each attempt that reached the BE. */
  readonly labels: unknown[];
  /** The label of each question for a state. */
  readonly asked: string[];
}

/** A StarRocks of one FE and one BE: attempts and states come in this order, and the last one of each stays. */
async function starRocks(attempts: readonly Attempt[], states: readonly string[] = []): Promise<StarRocks> {
  const labels: unknown[] = [];
  const asked: string[] = [];
  const be = await httpServer((request, response) => {
    request.on('error', () => undefined);
    const attempt = attempts[Math.min(labels.length, attempts.length - 1)];
    labels.push(request.headers.label);
    attempt?.(request, response);
  });
  const fe = await httpServer((request, response) => {
    if (request.method === 'PUT') {
      response.writeHead(307, { Location: `${be}/load`, Connection: 'close' }).end();
      return;
    }
    const state = states[Math.min(asked.length, states.length - 1)];
    asked.push(new URL(request.url ?? '', fe).searchParams.get('label') ?? '');
    if (state === undefined) response.writeHead(500).end();
    else sendJson(response, { state });
  });
  const stats = new TaskStats();
  const logger = new RecordingLogger();
  const client = new StreamLoadClient({
    urls: [fe],
    database: 'db',
    username: 'root',
    password: '',
    connectMs: 2000,
    idleMs: 200,
    properties: {},
  });
  onTestFinished(() => client.close());
  return {
    loader: new TableLoader({
      pipeline: 'p',
      target: { name: 't', database: 'db', table: 't' },
      client: () => client,
      stats,
      logger,
      onOverload: () => undefined,
    }),
    stats,
    logger,
    labels,
    asked,
  };
}

const loads: Attempt = (request, response) => {
  void receive(request, response).then(() => sendJson(response, success(1)));
};
const answers =
  (fields: object): Attempt =>
  (request, response) => {
    void receive(request, response).then(() => sendJson(response, fields));
  };
const resets: Attempt = (request, response) => {
  response.writeContinue();
  request.once('data', () => request.socket.resetAndDestroy());
};
const hangs: Attempt = (request, response) => {
  void receive(request, response);
};

describe('TableLoader', () => {
  it('loads once when all goes well', async () => {
    const { loader, labels, asked, stats, logger } = await starRocks([loads]);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({ verdict: 'loaded', rows: { total: 1 } });
    expect(labels).toEqual([expect.stringMatching(/^tributary-p-t-[-\w]+$/)]);
    expect(asked).toEqual([]);
    expect(stats.retries).toBe(0);
    expect(logger.entries).toEqual([]);
  });

  it('has a new label for each load', async () => {
    const { loader, labels } = await starRocks([loads]);
    await loadOne(loader, job(live), new Limiter(1));
    await loadOne(loader, job(live), new Limiter(1));
    expect(new Set(labels).size).toBe(2);
  });

  it('loads the rows of each table with a label of their own, and tells which of them StarRocks refuses', async () => {
    const { labels, ...starrocks } = await starRocks([
      loads,
      answers({ Status: 'Fail', Message: 'too many filtered rows' }),
    ]);
    const { tables, ...of } = job(live);
    const other = { name: 'db2.u', database: 'db2', table: 'u' };
    const results = await starrocks.loader.load(
      { ...of, tables: [...tables, ...tables.map((table) => ({ ...table, target: other }))] },
      new Limiter(1),
    );
    expect(results).toMatchObject([
      { verdict: 'loaded', rows: { total: 1 } },
      { verdict: 'rejected', message: 'too many filtered rows' },
    ]);
    expect(labels).toEqual([
      expect.stringMatching(/^tributary-p-t-[-\w]+$/),
      expect.stringMatching(/^tributary-p-u-[-\w]+$/),
    ]);
    expect(starrocks.stats.retries).toBe(0);
  });

  it('tries again, with the same label, what may pass later', async () => {
    const { loader, labels, asked, stats } = await starRocks([
      answers({ Status: 'Fail', Message: 'too many versions' }),
      (_, response) => response.writeHead(503).end(),
      loads,
    ]);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({ verdict: 'loaded' });
    expect(labels).toHaveLength(3);
    expect(new Set(labels).size).toBe(1);
    expect(asked).toEqual([]);
    expect(stats.retries).toBe(2);
  });

  it.each(['ABORTED', 'UNKNOWN'])(
    'sends a load again whose connection was cut, once its label is %s',
    async (state) => {
      const { loader, labels, asked } = await starRocks([resets, loads], [state]);
      expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({ verdict: 'loaded' });
      expect(labels).toHaveLength(2);
      expect(new Set([...labels, ...asked]).size).toBe(1);
      expect(asked).toHaveLength(1);
    },
  );

  it.each(['COMMITTED', 'VISIBLE'])(
    'does not send a load again whose connection was cut when its label is %s',
    async (state) => {
      const { loader, labels } = await starRocks([resets], [state]);
      const result = await loadOne(loader, job(live), new Limiter(1));
      expect(result).toMatchObject({ verdict: 'loaded' });
      expect(result.rows).toBeUndefined();
      expect(result.message).toContain(`label state ${state}`);
      expect(labels).toHaveLength(1);
    },
  );

  it('cuts a load that makes no progress, and asks what became of it', async () => {
    const { loader, labels, asked } = await starRocks([hangs], ['VISIBLE']);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({ verdict: 'loaded' });
    expect(labels).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it('waits for another attempt with the label that is still running', async () => {
    const running = answers({ Status: 'Label Already Exists', ExistingJobStatus: 'RUNNING', Message: 'used' });
    const { loader, labels, asked } = await starRocks([running], ['PREPARE', 'VISIBLE']);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({ verdict: 'loaded' });
    expect(labels).toHaveLength(1);
    expect(asked).toHaveLength(2);
  });

  it('asks for the label when StarRocks does not know whether it committed', async () => {
    const unknown = answers({ Status: 'Fail', Message: 'Transaction status unknown, you can retry with same label' });
    const { loader, labels } = await starRocks([unknown], ['VISIBLE']);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({ verdict: 'loaded' });
    expect(labels).toHaveLength(1);
  });

  it('keeps asking for the label when nobody tells, and sends nothing meanwhile', async () => {
    const { loader, labels, asked, logger } = await starRocks([resets], ['NONSENSE', 'VISIBLE']);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({ verdict: 'loaded' });
    expect(labels).toHaveLength(1);
    expect(asked).toHaveLength(2);
    expect(logger.messages('warn')).toEqual([
      expect.stringMatching(
        /^A load into t did not go through and is tried again: StarRocks did not tell the state of label /,
      ),
    ]);
  });

  it('returns what can never pass, with what the log of rejected rows says', async () => {
    const log = await httpServer((_, response) => response.end("Error: Value 'x' is out of range. Row: {}\n"));
    const rejected = {
      Status: 'Fail',
      Message: 'too many filtered rows',
      ErrorURL: `${log}/api/_load_error_log?file=f`,
    };
    const { loader, labels, stats } = await starRocks([answers(rejected)]);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({
      verdict: 'rejected',
      message: "too many filtered rows. StarRocks' error log: Error: Value 'x' is out of range. Row: {}",
    });
    expect(labels).toHaveLength(1);
    expect(stats.retries).toBe(0);
  });

  it('returns what can never pass also when its log cannot be had', async () => {
    const dead = await deadAddress();
    const { loader } = await starRocks([
      answers({ Status: 'Fail', Message: 'too many filtered rows', ErrorURL: dead }),
    ]);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({
      verdict: 'rejected',
      message: 'too many filtered rows',
    });
  });

  it('says a trouble once, however often it comes, and says when it is over', async () => {
    const versions = (now: number): Attempt =>
      answers({ Status: 'Fail', Message: `too many versions, current ${now}` });
    const { loader, logger } = await starRocks([versions(1001), versions(1002), loads]);
    await loadOne(loader, job(live), new Limiter(1));
    expect(logger.messages('warn')).toEqual([
      'A load into t did not go through and is tried again: too many versions, current 1001',
    ]);
    expect(logger.messages('debug')).toEqual(['Still trying to load']);
    expect(logger.messages('info')).toEqual(['Loading into t works again']);
  });

  it('calls it an error when a person must act, and goes on by itself afterwards', async () => {
    const { loader, logger } = await starRocks([answers({ Status: 'Fail', Message: 'unknown table "db.t"' }), loads]);
    expect(await loadOne(loader, job(live), new Limiter(1))).toMatchObject({ verdict: 'loaded' });
    expect(logger.messages('error')).toEqual([
      'StarRocks refuses every load into t until somebody mends it: unknown table "db.t"',
    ]);
  });

  it('takes a turn for an attempt, and none while it waits for the next one', async () => {
    const turns = new Limiter(1);
    const refused = await starRocks([answers({ Status: 'Fail', Message: 'unknown table "db.t"' })]);
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const waiting = loadOne(refused.loader, job(abort.signal), turns);
    waiting.catch(() => undefined);
    const other = await starRocks([loads]);
    expect(await loadOne(other.loader, job(live), turns)).toMatchObject({ verdict: 'loaded' });

    const hanging = await starRocks([hangs], ['PREPARE']);
    loadOne(hanging.loader, job(abort.signal), turns).catch(() => undefined);
    await eventually(() => expect(hanging.labels).toHaveLength(1));
    const another = await starRocks([loads]);
    const loading = loadOne(another.loader, job(live), turns);
    expect(another.labels).toEqual([]);
    expect(await loading).toMatchObject({ verdict: 'loaded' });
  });

  describe('when it is aborted', () => {
    const reason = new Error('taken away');

    it.each<[string, Attempt, readonly string[]]>([
      ['during a load', hangs, []],
      ['while it waits to try again', answers({ Status: 'Fail', Message: 'too many versions' }), []],
      ['while it asks for a label', resets, ['PREPARE']],
      ['while nobody tells a label', resets, []],
    ])('%s: rejects with the reason', async (_, attempt, states) => {
      const { loader, labels, asked, stats } = await starRocks([attempt], states);
      const abort = new AbortController();
      const loading = loadOne(loader, job(abort.signal), new Limiter(1));
      const rejected = expect(loading).rejects.toBe(reason);
      await eventually(() => {
        if (attempt === resets) expect(asked.length).toBeGreaterThan(0);
        else if (attempt === hangs) expect(labels).toHaveLength(1);
        else expect(stats.retries).toBe(1);
      });
      abort.abort(reason);
      await rejected;
    });

    it('already: sends nothing', async () => {
      const { loader, labels } = await starRocks([loads]);
      await expect(loader.load(job(AbortSignal.abort(reason)), new Limiter(1))).rejects.toBe(reason);
      expect(labels).toEqual([]);
    });
  });
});
