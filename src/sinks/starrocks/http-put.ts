import { type ClientRequest, type Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { UnavailableError } from '../../core/errors.ts';
import { headersInUtf8 } from './headers-in-utf8.ts';

/** One PUT. Times in milliseconds. */
export interface HttpPut {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentLength: number;
  /** Sent once the server said `100 Continue`; left out when only the answer to the headers matters. */
  readonly body?: readonly Uint8Array[];
  readonly agent?: HttpAgent;
  /** Certificates to trust for `https`, PEM; without them those that Node trusts. */
  readonly ca?: string;
  readonly connectMs: number;
  /** The longest time without any progress: no byte taken, no `100 Continue`, no answer. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/** The answer to a PUT. */
export interface HttpAnswer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: string;
}

/** The connection failed after the body had begun to go out: the server may or may not have acted on it. */
export class LostAnswerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LostAnswerError';
  }
}

const MAX_ANSWER_BYTES = 1 << 20;

/**
 * A PUT with `Expect: 100-continue`, which StarRocks demands, and which undici refuses to send: this is why Stream Load
 * goes through node:http. The body is written only after the server asked for it, so an FE that redirects and a BE
 * that refuses never see a byte of it, and their answer is never lost in a reset connection.
 *
 * @throws UnavailableError when nothing was sent; LostAnswerError when the server may have acted.
 */
export function httpPut(put: HttpPut): Promise<HttpAnswer> {
  const { url, body, signal, connectMs, idleMs } = put;
  return new Promise((resolve, reject) => {
    let sending = false;
    let responding = false;
    let answered = false;
    let timer: NodeJS.Timeout | undefined;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, {
      method: 'PUT',
      headers: { ...headersInUtf8(put.headers), Expect: '100-continue', 'Content-Length': String(put.contentLength) },
      signal,
      // An agent is for one protocol; an FE may speak https, and sends everybody on to http.
      ...(put.agent && url.protocol === 'http:' && { agent: put.agent }),
      ...(put.ca !== undefined && { ca: put.ca }),
    });

    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      answered = true;
      finish();
    };
    const fail = (error: Error): void => {
      if (answered) return;
      const at = `${url.host}: ${error.message}`;
      settle(() =>
        reject(sending ? new LostAnswerError(at, { cause: error }) : new UnavailableError(at, { cause: error })),
      );
    };
    const expectProgress = (ms: number, what: string): void => {
      clearTimeout(timer);
      timer = setTimeout(() => request.destroy(new Error(`${what} within ${ms} ms`)), ms);
    };

    expectProgress(connectMs, 'no connection');
    request.once('socket', (socket) => {
      // Node writes headers that nothing follows yet as UTF-8, all others as Latin-1: these are bytes already.
      socket.setDefaultEncoding('latin1');
      const connected = (): void => expectProgress(idleMs, 'no answer to the headers');
      if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    request.once('continue', () => {
      if (!body) {
        request.destroy(new Error('asked for a body'));
        return;
      }
      sending = true;
      writeChunks(request, body, () => expectProgress(idleMs, 'no progress of the body'));
      expectProgress(idleMs, 'no answer');
    });
    request.once('response', (response) => {
      responding = true;
      readAnswer(response).then(
        (answer) => {
          // An answer that came instead of `100 Continue` leaves a connection that still owes a body.
          if (!sending) request.destroy();
          settle(() => resolve(answer));
        },
        (error: unknown) => fail(error as Error),
      );
    });
    request.once('error', fail);
    // Once an answer has begun, its reader tells whether it was cut.
    request.once('close', () => {
      if (!responding) fail(new Error('the connection was closed'));
    });
    request.flushHeaders();
  });
}

/** Writes with the socket's own backpressure; what is buffered here at any time is one chunk. */
function writeChunks(request: ClientRequest, chunks: readonly Uint8Array[], progressed: () => void): void {
  let next = 0;
  const write = (): void => {
    for (let chunk = chunks[next]; chunk !== undefined; chunk = chunks[next]) {
      next++;
      progressed();
      if (!request.write(chunk)) {
        request.once('drain', write);
        return;
      }
    }
    request.end(progressed);
  };
  write();
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('the answer is longer than 1 MiB');
    parts.push(part);
  }
  return {
    status: response.statusCode ?? 0,
    location: response.headers.location,
    body: Buffer.concat(parts).toString('utf8'),
  };
}
