import { Buffer } from 'node:buffer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UnavailableError } from '../../../src/core/errors.ts';
import { StreamLoadClient, type StreamLoadClientOptions } from '../../../src/sinks/starrocks/stream-load-client.ts';
import { deadAddress, httpServer, receive, redirectTo, sendJson, success, tcpServer } from '../../support/servers.ts';

const BODY = { chunks: [Buffer.from('[{"a":1}]')], length: 9 };

function clientOf(urls: readonly string[], more: Partial<StreamLoadClientOptions> = {}): StreamLoadClient {
  const client = new StreamLoadClient({
    urls,
    database: 'db',
    username: 'root',
    password: 'pass:word',
    connectMs: 2000,
    idleMs: 2000,
    properties: { format: 'json', strip_outer_array: 'true' },
    ...more,
  });
  onTestFinished(() => client.close());
  return client;
}

const live = new AbortController().signal;

interface Seen {
  readonly url: string | undefined;
  readonly label: string | string[] | undefined;
  readonly authorization: string | undefined;
  readonly format: string | string[] | undefined;
}

/** A BE that takes every load, and what it saw. */
async function backend(): Promise<{ url: string; seen: Seen[]; bodies: string[] }> {
  const seen: Seen[] = [];
  const bodies: string[] = [];
  const url = await httpServer((request, response) => {
    const { authorization, label, format } = request.headers;
    seen.push({ url: request.url, label, authorization, format });
    void receive(request, response).then((body) => {
      bodies.push(body);
      sendJson(response, success(1));
    });
  });
  return { url, seen, bodies };
}

const AUTHORIZATION = `Basic ${Buffer.from('root:pass:word').toString('base64')}`;

describe('StreamLoadClient', () => {
  describe('load', () => {
    it('follows the FE to the BE with the label, the headers and the credentials', async () => {
      const be = await backend();
      const fe = await httpServer(redirectTo(() => `${be.url}/api/db/t/_stream_load?x=1`));
      const answer = await clientOf([fe]).load('t', 'l-1', BODY, live);
      expect(answer).toMatchObject({ verdict: 'loaded', rows: { total: 1, loaded: 1 } });
      expect(be.bodies).toEqual(['[{"a":1}]']);
      expect(be.seen).toEqual([
        { url: '/api/db/t/_stream_load?x=1', label: 'l-1', authorization: AUTHORIZATION, format: 'json' },
      ]);
    });

    it('follows two redirects: from a follower to the leader to the BE', async () => {
      const be = await backend();
      const leader = await httpServer(redirectTo(() => `${be.url}/api/db/t/_stream_load`));
      const follower = await httpServer(redirectTo(() => `${leader}/api/db/t/_stream_load`));
      expect(await clientOf([follower]).load('t', 'l', BODY, live)).toMatchObject({ verdict: 'loaded' });
    });

    it('follows a redirect that is meant to last, which a proxy may send', async () => {
      const be = await backend();
      const fe = await httpServer((_, response) => response.writeHead(308, { Location: be.url }).end());
      expect(await clientOf([fe]).load('t', 'l', BODY, live)).toMatchObject({ verdict: 'loaded' });
    });

    it('writes names of any kind into the path', async () => {
      const paths: unknown[] = [];
      const fe = await httpServer((request, response) => {
        paths.push(request.url);
        sendJson(response, { Status: 'FAILED', Message: 'unknown table' });
      });
      await clientOf([fe], { database: 'my db' }).load('订单/x', 'l', BODY, live);
      expect(paths).toEqual(['/api/my%20db/%E8%AE%A2%E5%8D%95%2Fx/_stream_load']);
    });

    it('takes the answer of an FE that does not redirect', async () => {
      const fe = await httpServer((_, response) => {
        response.writeHead(401).end('{"status":"FAILED","msg":"Access denied for root@10.0.0.1"}');
      });
      expect(await clientOf([fe]).load('t', 'l', BODY, live)).toEqual({
        verdict: 'refused',
        message: 'Access denied for root@10.0.0.1',
      });
    });

    it('gives up when it is sent round in circles', async () => {
      const fe = await httpServer((request, response) => {
        redirectTo(() => `http://${request.headers.host ?? ''}/again`)(request, response);
      });
      await expect(clientOf([fe]).load('t', 'l', BODY, live)).rejects.toThrow(
        /^StarRocks redirected 3 times in a row, last to http:\/\/.+\/again$/,
      );
    });

    it.each([
      ['has no address', undefined, 'StarRocks answered 307 without saying where to go'],
      ['is relative', '/api/db/t', 'StarRocks redirected to an address that cannot be read: /api/db/t'],
      ['is no address', 'http://:::/', 'StarRocks redirected to an address that cannot be read: http://:::/'],
    ])('gives up when a redirect %s', async (_, location, message) => {
      const fe = await httpServer((_request, response) => {
        response.writeHead(307, location === undefined ? {} : { Location: location }).end();
      });
      const loading = clientOf([fe]).load('t', 'l', BODY, live);
      await expect(loading).rejects.toBeInstanceOf(UnavailableError);
      await expect(loading).rejects.toThrow(message);
    });

    it('takes no credentials from a redirect', async () => {
      const be = await backend();
      const fe = await httpServer(redirectTo(() => be.url.replace('http://', 'http://thief:secret@')));
      await clientOf([fe]).load('t', 'l', BODY, live);
      expect(be.seen[0]?.authorization).toBe(AUTHORIZATION);
    });

    it('is unavailable when the BE cannot be reached', async () => {
      const dead = await deadAddress();
      const fe = await httpServer(redirectTo(() => dead));
      const loading = clientOf([fe]).load('t', 'l', BODY, live);
      await expect(loading).rejects.toBeInstanceOf(UnavailableError);
      await expect(loading).rejects.toThrow('ECONNREFUSED');
    });
  });

  describe('with several FEs', () => {
    it('asks the next when one does not answer, and stays with the one that does', async () => {
      const be = await backend();
      const asked: string[] = [];
      const fe = async (name: string): Promise<string> =>
        httpServer((request, response) => {
          asked.push(name);
          redirectTo(() => be.url)(request, response);
        });
      const hanging = await tcpServer(() => asked.push('hanging'));
      const client = clientOf([await deadAddress(), hanging, await fe('third'), await fe('fourth')], { idleMs: 100 });
      await client.load('t', 'l-1', BODY, live);
      await client.load('t', 'l-2', BODY, live);
      expect(asked).toEqual(['hanging', 'third', 'third']);
    });

    it('says of each why it does not answer', async () => {
      const one = await deadAddress();
      const two = await deadAddress();
      const loading = clientOf([one, two]).load('t', 'l', BODY, live);
      await expect(loading).rejects.toBeInstanceOf(UnavailableError);
      await expect(loading).rejects.toThrow(
        new RegExp(
          `^No StarRocks FE answers \\(${new URL(one).host}: .+ECONNREFUSED.*; ${new URL(two).host}: .+ECONNREFUSED.*\\)$`,
        ),
      );
    });

    it('asks no other FE when it is aborted', async () => {
      const abort = new AbortController();
      const asked: string[] = [];
      const first = await httpServer(() => {
        asked.push('first');
        abort.abort(new Error('taken away'));
      });
      const second = await httpServer(() => asked.push('second'));
      await expect(clientOf([first, second]).load('t', 'l', BODY, abort.signal)).rejects.toThrow();
      expect(asked).toEqual(['first']);
    });
  });

  describe('labelState', () => {
    it.each(['UNKNOWN', 'PREPARE', 'PREPARED', 'COMMITTED', 'VISIBLE', 'ABORTED'])('knows %s', async (state) => {
      const asked: unknown[] = [];
      const fe = await httpServer((request, response) => {
        asked.push([request.method, request.url, request.headers.authorization]);
        sendJson(response, { state, reason: '', status: 'OK', code: '0', msg: 'Success', message: 'OK' });
      });
      expect(await clientOf([fe]).labelState('l-1', live)).toBe(state);
      expect(asked).toEqual([['GET', '/api/db/get_load_state?label=l-1', AUTHORIZATION]]);
    });

    it('follows a follower to the leader', async () => {
      const leader = await httpServer((_, response) => sendJson(response, { state: 'VISIBLE' }));
      const follower = await httpServer((request, response) =>
        redirectTo(() => `${leader}${request.url ?? ''}`)(request, response),
      );
      expect(await clientOf([follower]).labelState('l', live)).toBe('VISIBLE');
    });

    it.each([
      ['another state', 200, '{"state":"PERHAPS"}'],
      ['no state', 200, '{"status":"FAILED","msg":"unknown database, database=db"}'],
      ['a page', 200, '<html>'],
      ['null', 200, 'null'],
      ['wrong credentials', 401, '{"status":"FAILED","msg":"Access denied"}'],
    ])('takes %s for no answer', async (_, status, body) => {
      const fe = await httpServer((_request, response) => response.writeHead(status).end(body));
      const asking = clientOf([fe]).labelState('l-1', live);
      await expect(asking).rejects.toBeInstanceOf(UnavailableError);
      await expect(asking).rejects.toThrow(`StarRocks did not tell the state of label l-1: HTTP ${status} ${body}`);
    });

    it('waits a bounded time for an FE, and asks the next', async () => {
      const hanging = await tcpServer(() => undefined);
      const answering = await httpServer((_, response) => sendJson(response, { state: 'ABORTED' }));
      expect(await clientOf([hanging, answering], { connectMs: 50, idleMs: 50 }).labelState('l', live)).toBe('ABORTED');
    });

    it('ends at once when it is aborted', async () => {
      const abort = new AbortController();
      const fe = await httpServer(() => abort.abort(new Error('taken away')));
      await expect(clientOf([fe]).labelState('l', abort.signal)).rejects.toThrow();
    });
  });

  describe('errorLog', () => {
    it('fetches the start of the log', async () => {
      const be = await httpServer((_, response) => response.end(`Error: too long. Row: ${'x'.repeat(5000)}`));
      const log = await clientOf([be]).errorLog(`${be}/api/_load_error_log?file=f`, live);
      expect(log).toHaveLength(3000);
      expect(log).toMatch(/^Error: too long\. Row: x+$/);
    });

    it('cuts no entry, so that no reason is taken for another', async () => {
      const entry = (id: number): string => `Error: too long. Row: {"id":${id},"x":"${'x'.repeat(1000)}"}`;
      const log = [entry(1), entry(2), entry(3)].join('\n');
      const be = await httpServer((_, response) => response.end(`${log}\n`));
      const client = clientOf([be]);
      expect(await client.errorLog(`${be}/api/_load_error_log?file=f`, live)).toBe([entry(1), entry(2)].join('\n'));
      expect(await client.errorLog(`${be}/api/_load_error_log?file=f`, live, 10_000)).toBe(log);
    });

    it('is nothing when it cannot be had', async () => {
      const missing = await httpServer((_, response) => response.writeHead(404).end('Not Found'));
      const hanging = await tcpServer(() => undefined);
      const client = clientOf([missing], { connectMs: 50, idleMs: 50 });
      for (const url of [missing, hanging, await deadAddress(), 'no address', '']) {
        expect(await client.errorLog(url, live)).toBe('');
      }
    });
  });
});
