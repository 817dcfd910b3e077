import { once } from 'node:events';
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Without a Content-Length. */
  readonly chunked?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The server asked for the body with `100 Continue`. */
  readonly continued: boolean;
}

/** One request without redirects; with `Expect: 100-continue` the body waits for the server's word, as it should. */
export async function call({ method, url, headers = {}, body = '', chunked = false }: HttpCall): Promise<HttpAnswer> {
  const bytes = Buffer.from(body);
  const framing =
    method === 'GET' ? {} : chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': String(bytes.length) };
  const outgoing = request(url, { method, headers: { ...framing, ...headers }, agent: false });
  let continued = false;
  outgoing.on('continue', () => {
    continued = true;
    outgoing.end(bytes);
  });
  if (headers['Expect'] === undefined) outgoing.end(bytes);
  else outgoing.flushHeaders();
  const response = await answerTo(outgoing);
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  outgoing.destroy();
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: Buffer.concat(chunks).toString(),
    continued,
  };
}

async function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

/** Follows 307 with the same headers, Authorization included, as `curl --location-trusted` does. */
export async function callAndFollow(first: HttpCall): Promise<HttpAnswer> {
  let next = first;
  for (let hop = 0; hop < 4; hop++) {
    const answer = await call(next);
    const { location } = answer.headers;
    if (answer.status !== 307 || location === undefined) return answer;
    next = { ...next, url: location };
  }
  throw new Error('too many redirects');
}

export function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
