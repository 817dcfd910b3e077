import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo } from 'node:net';
import { timesIn } from './rows.ts';

/**
 * A tap on the wire between a loader and the FE and BE of a server. Everything goes through unchanged but the address
 * in a redirect. When an answer says that rows are committed, their ages are noted: the clock at that moment minus the
 * time in the row. It knows Stream Load in one request, and in a transaction with prepare and commit.
 */
export class LatencyTap {
  /** Age in milliseconds of every row that was committed. */
  ages: number[] = [];
  /** Rows that were committed. */
  rows = 0;
  loads = 0;
  /** Rows that were made before this moment are counted, and their age is left out: all of them until somebody says. */
  since = Number.POSITIVE_INFINITY;
  readonly #servers: Server[] = [];
  readonly #addresses = new Map<string, string>();
  /** Times of rows in transactions that are not committed yet, by label. */
  readonly #open = new Map<string, number[]>();

  /** Puts a listener before each of these addresses (`http://host:port`), and returns theirs in the same order. */
  async listen(upstreams: readonly string[]): Promise<string[]> {
    for (const upstream of upstreams) {
      const handle = (request: IncomingMessage, response: ServerResponse): void =>
        this.#forward(upstream, request, response);
      const server = createServer({ keepAlive: true }, handle);
      // By default Node would ask for the body before anybody has seen the headers.
      server.on('checkContinue', handle);
      this.#servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      this.#addresses.set(new URL(upstream).host, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    }
    return [...this.#addresses.values()].map((address) => `http://${address}`);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  #forward(upstream: string, request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url = '/' } = request;
    const body: Buffer[] = [];
    const onward = httpRequest(new URL(url, upstream), {
      method,
      headers: { ...request.headers, host: new URL(upstream).host },
    });
    const sendBody = (): void => {
      request.on('data', (chunk: Buffer) => body.push(chunk));
      request.pipe(onward);
    };
    onward.on('response', (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const text = Buffer.concat(parts);
        this.#answered(request, Buffer.concat(body), text.toString('utf8'));
        response.writeHead(answer.statusCode ?? 502, this.#headersOf(answer, text.length));
        response.end(text);
      });
    });
    onward.on('error', () => request.destroy());
    response.on('close', () => {
      if (!response.writableFinished) onward.destroy();
    });
    if (request.headers.expect === undefined) {
      sendBody();
    } else {
      onward.on('continue', () => {
        response.writeContinue();
        sendBody();
      });
      onward.flushHeaders();
    }
  }

  #headersOf({ headers }: IncomingMessage, length: number): Record<string, string | string[]> {
    const kept: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined && name !== 'transfer-encoding') kept[name] = value;
    }
    kept['content-length'] = String(length);
    if (headers.location !== undefined) {
      const target = new URL(headers.location);
      const [host] = [this.#addresses.get(target.host)];
      if (host !== undefined) target.host = host;
      kept['location'] = target.href;
    }
    return kept;
  }

  #answered(request: IncomingMessage, body: Buffer, answer: string): void {
    const status = /"Status"\s*:\s*"([^"]*)"/.exec(answer)?.[1];
    if (status !== 'Success' && status !== 'OK' && status !== 'Publish Timeout') return;
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const label = String(request.headers['label'] ?? '');
    if (path.endsWith('/_stream_load')) {
      this.#committed(timesIn(body.toString('latin1')));
    } else if (path.endsWith('/transaction/load')) {
      const times = this.#open.get(label) ?? [];
      this.#open.set(label, [...times, ...timesIn(body.toString('latin1'))]);
    } else if (path.endsWith('/transaction/commit')) {
      this.#committed(this.#open.get(label) ?? []);
      this.#open.delete(label);
    } else if (path.endsWith('/transaction/rollback')) {
      this.#open.delete(label);
    }
  }

  #committed(times: readonly number[]): void {
    const now = Date.now();
    this.rows += times.length;
    this.loads++;
    for (const ts of times) if (ts >= this.since) this.ages.push(now - ts);
  }
}
