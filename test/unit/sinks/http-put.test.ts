import { Buffer } from 'node:buffer';
import { Agent } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { UnavailableError } from '../../../src/core/errors.ts';
import { type HttpAnswer, type HttpPut, httpPut, LostAnswerError } from '../../../src/sinks/starrocks/http-put.ts';
import { deadAddress, httpServer, receive, sendJson, tcpServer } from '../../support/servers.ts';

const BODY = [Buffer.from('['), Buffer.from('{"a":1}'), Buffer.from(']')];
/** More than the sockets of both sides hold. */
const LARGE = Array.from({ length: 64 }, () => Buffer.alloc(512 * 1024, 'x'));

function put(url: string, more: Partial<HttpPut> = {}): Promise<HttpAnswer> {
  const body = more.body ?? BODY;
  return httpPut({
    url: new URL('/api/db/t/_stream_load', url),
    headers: { label: 'l-1', Authorization: 'Basic eDp5' },
    contentLength: body.reduce((sum, { length }) => sum + length, 0),
    body,
    connectMs: 5000,
    idleMs: 5000,
    signal: new AbortController().signal,
    ...more,
  });
}

describe('httpPut', () => {
  it('sends the headers, then the body when it is asked for, and reads the answer', async () => {
    const seen: unknown[] = [];
    const url = await httpServer((request, response) => {
      const { method, url: path, headers } = request;
      seen.push({ method, path, expect: headers.expect, length: headers['content-length'], label: headers.label });
      void receive(request, response).then((body) => {
        seen.push(body);
        response.writeHead(200, { Location: 'elsewhere' }).end('done');
      });
    });
    expect(await put(url)).toEqual({ status: 200, location: 'elsewhere', body: 'done' });
    expect(seen).toEqual([
      { method: 'PUT', path: '/api/db/t/_stream_load', expect: '100-continue', length: '9', label: 'l-1' },
      '[{"a":1}]',
    ]);
  });

  it('sends a body of many chunks whole', async () => {
    const url = await httpServer((request, response) => {
      void receive(request, response).then((body) => response.end(String(body.length)));
    });
    expect((await put(url, { body: LARGE })).body).toBe(String(64 * 512 * 1024));
  });

  it('sends not one byte of the body to a server that redirects', async () => {
    const received: Buffer[] = [];
    const url = await tcpServer((socket) => {
      socket.on('data', (bytes) => {
        received.push(bytes);
        if (!Buffer.concat(received).includes('\r\n\r\n')) return;
        socket.end(
          'HTTP/1.1 307 Temporary Redirect\r\nLocation: http://be:8040/x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
        );
      });
    });
    expect(await put(url)).toEqual({ status: 307, location: 'http://be:8040/x', body: '' });
    const bytes = Buffer.concat(received).toString('latin1');
    expect(bytes.slice(bytes.indexOf('\r\n\r\n'))).toBe('\r\n\r\n');
  });

  it('keeps the words of a server that refuses instead of asking for the body', async () => {
    const url = await tcpServer((socket) => {
      socket.once('data', () => {
        const body = '{"Status":"Fail","Message":"unknown table"}';
        // As a BE does: the answer, and the end of the connection.
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
      });
    });
    expect(await put(url, { body: LARGE })).toMatchObject({
      status: 200,
      body: '{"Status":"Fail","Message":"unknown table"}',
    });
  });

  it('keeps an answer that comes before the body is through', async () => {
    const url = await httpServer((request, response) => {
      response.writeContinue();
      request.once('data', () => sendJson(response, { Status: 'Fail', Message: 'too many filtered rows' }));
    });
    expect((await put(url, { body: LARGE })).body).toBe('{"Status":"Fail","Message":"too many filtered rows"}');
  });

  describe('rejects with an UnavailableError, because nothing was sent,', () => {
    it('when nobody listens', async () => {
      const url = await deadAddress();
      await expect(put(url)).rejects.toThrow(UnavailableError);
      await expect(put(url)).rejects.toThrow(/^127\.0\.0\.1:\d+: connect ECONNREFUSED/);
    });

    it('when the server accepts and never answers', async () => {
      const url = await tcpServer(() => undefined);
      const putting = put(url, { idleMs: 100 });
      await expect(putting).rejects.toBeInstanceOf(UnavailableError);
      await expect(putting).rejects.toThrow(`${new URL(url).host}: no answer to the headers within 100 ms`);
    });

    it('when the server hangs up before it answers', async () => {
      const url = await tcpServer((socket) => socket.once('data', () => socket.destroy()));
      await expect(put(url)).rejects.toBeInstanceOf(UnavailableError);
    });

    it('when the server does not speak HTTP', async () => {
      const url = await tcpServer((socket) => socket.once('data', () => socket.write('hello\r\n')));
      await expect(put(url)).rejects.toBeInstanceOf(UnavailableError);
    });

    it('when the server asks for a body that is none of its business', async () => {
      const bytes: number[] = [];
      const url = await httpServer((request, response) => {
        request.on('data', (part: Buffer) => bytes.push(part.length));
        request.on('error', () => undefined);
        response.writeContinue();
      });
      // As an FE is asked: with the length of a body, and without the body.
      const request = { url: new URL(url), headers: {}, contentLength: 9, connectMs: 5000, idleMs: 5000 };
      await expect(httpPut({ ...request, signal: new AbortController().signal })).rejects.toThrow(
        /: asked for a body$/,
      );
      expect(bytes).toEqual([]);
    });
  });

  describe('rejects with a LostAnswerError, because the server may have acted,', () => {
    it('when the connection is reset in the middle of the body', async () => {
      const url = await httpServer((request, response) => {
        response.writeContinue();
        request.once('data', () => request.socket.resetAndDestroy());
        request.on('error', () => undefined);
      });
      await expect(put(url, { body: LARGE })).rejects.toBeInstanceOf(LostAnswerError);
    });

    it('when the connection ends after the body without an answer', async () => {
      const url = await httpServer((request, response) => {
        void receive(request, response).then(() => request.socket.end());
      });
      await expect(put(url)).rejects.toBeInstanceOf(LostAnswerError);
    });

    it('when the server takes the body and never answers', async () => {
      const url = await httpServer((request, response) => {
        void receive(request, response);
      });
      const putting = put(url, { idleMs: 100 });
      await expect(putting).rejects.toBeInstanceOf(LostAnswerError);
      await expect(putting).rejects.toThrow(`${new URL(url).host}: no progress of the body within 100 ms`);
    });

    it('when the server stops to take the body', async () => {
      const url = await httpServer((request, response) => {
        request.on('error', () => undefined);
        response.writeContinue();
      });
      await expect(put(url, { body: LARGE, idleMs: 100 })).rejects.toThrow(/no progress of the body within 100 ms$/);
    });

    it('when the answer stops in the middle', async () => {
      const url = await httpServer((request, response) => {
        void receive(request, response).then(() => {
          response.writeHead(200, { 'Content-Length': '100' });
          response.write('{"Status":');
        });
      });
      await expect(put(url, { idleMs: 100 })).rejects.toBeInstanceOf(LostAnswerError);
    });

    it('when the answer has no end', async () => {
      const url = await httpServer((request, response) => {
        void receive(request, response).then(() => response.end(Buffer.alloc(2 << 20, 'x')));
      });
      await expect(put(url)).rejects.toThrow(/: the answer is longer than 1 MiB$/);
    });
  });

  it('gives a server all the time that it makes progress in', async () => {
    const url = await httpServer((request, response) => {
      response.writeContinue();
      let received = 0;
      request.on('data', (part: Buffer) => {
        received += part.length;
        request.pause();
        setTimeout(() => request.resume(), 8);
      });
      request.on('end', () => response.end(String(received)));
    });
    const started = performance.now();
    const answer = await put(url, { body: LARGE.slice(0, 32), idleMs: 1_000 });
    expect(answer.body).toBe(String(32 * 512 * 1024));
    expect(performance.now() - started).toBeGreaterThan(1_000);
  });

  it.each(['before the answer', 'in the middle of the body'])('ends at once when it is aborted %s', async (when) => {
    const abort = new AbortController();
    const url = await httpServer((request, response) => {
      request.on('error', () => undefined);
      if (when === 'in the middle of the body') {
        response.writeContinue();
        request.once('data', () => abort.abort(new Error('taken away')));
      } else {
        abort.abort(new Error('taken away'));
      }
    });
    await expect(put(url, { body: LARGE, signal: abort.signal })).rejects.toThrow('aborted');
  });

  it('does not even connect when it is aborted already', async () => {
    const connected = vi.fn();
    const url = await tcpServer(connected);
    await expect(put(url, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(connected).not.toHaveBeenCalled();
  });

  describe('with a pool of connections', () => {
    async function connectionsOf(handler: Parameters<typeof httpServer>[0], puts: number): Promise<number> {
      const sockets = new Set<unknown>();
      const url = await httpServer((request, response) => {
        sockets.add(request.socket);
        handler(request, response);
      });
      const agent = new Agent({ keepAlive: true });
      onTestFinished(() => agent.destroy());
      for (let index = 0; index < puts; index++) await put(url, { agent });
      return sockets.size;
    }

    it('uses a connection again when it is done', async () => {
      const connections = await connectionsOf((request, response) => {
        void receive(request, response).then(() => sendJson(response, {}));
      }, 3);
      expect(connections).toBe(1);
    });

    it('gives up a connection that still owes a body', async () => {
      const connections = await connectionsOf((_, response) => sendJson(response, {}), 3);
      expect(connections).toBe(3);
    });
  });
});
