import { Agent } from 'node:http';
import { Agent as UndiciAgent } from 'undici';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { FeAddresses } from './fe-addresses.ts';
import { headersInUtf8 } from './headers-in-utf8.ts';
import { type HttpAnswer, httpPut, LostAnswerError } from './http-put.ts';

/** How to reach StarRocks and as whom. Times in milliseconds. */
export interface StarRocksHttpOptions {
  /** FE addresses: `http://host:port`. */
  readonly urls: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly connectMs: number;
  /** The longest time that a request may make no progress. */
  readonly idleMs: number;
  /** Certificates to trust for `https` addresses, PEM; without them those that Node trusts. */
  readonly ca?: string | undefined;
  /** Where a node is reached from here, by the `host:port` that it registered with: for clusters on private addresses. */
  readonly addressMap?: Readonly<Record<string, string>>;
}

/** The bytes of one load. */
export interface LoadBody {
  readonly chunks: readonly Uint8Array[];
  readonly length: number;
}

/** A request that sends rows. */
export interface LoadRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_REDIRECTS = 3;

/**
 * StarRocks' HTTP side: asks the FEs in turn, follows their redirects with credentials, method and headers, as no
 * common client does, and keeps the connections to BEs alive. An FE closes after each redirect.
 */
export class StarRocksHttp {
  readonly #options: StarRocksHttpOptions;
  readonly #addresses: FeAddresses;
  readonly #authorization: string;
  readonly #agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  readonly #dispatcher: UndiciAgent;

  constructor(options: StarRocksHttpOptions) {
    this.#options = options;
    this.#addresses = new FeAddresses(options.urls);
    const { connectMs, ca } = options;
    this.#dispatcher = new UndiciAgent({ connect: { timeout: connectMs, ...(ca !== undefined && { ca }) } });
    this.#authorization = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  }

  /**
   * Asks an FE where the body goes, and sends it there.
   *
   * @throws UnavailableError when nothing was sent; LostAnswerError when StarRocks may have acted.
   */
  async put(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: LoadBody,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { connectMs, idleMs, ca } = this.#options;
    const common = {
      headers: { ...headers, Authorization: this.#authorization },
      contentLength: body.length,
      connectMs,
      idleMs,
      signal,
      ...(ca !== undefined && { ca }),
    };
    let answer = await this.#askFe((url) => httpPut({ ...common, url: new URL(path, url) }), signal);
    for (let hop = 0; isRedirect(answer); hop++) {
      const url = this.#redirectTarget(answer, hop);
      try {
        answer = await httpPut({ ...common, url, agent: this.#agent, body: body.chunks });
      } catch (error) {
        throw error instanceof UnavailableError ? this.#unreachable(answer, error) : error;
      }
    }
    return answer;
  }

  /**
   * A POST without a body.
   *
   * @throws UnavailableError when nothing was sent; LostAnswerError when StarRocks may have acted.
   */
  post(path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#askFe((url) => this.#exchange('POST', new URL(path, url), headers, signal), signal);
  }

  /** A query in the HTTP SQL interface (StarRocks 3.2 and newer), which only reads. */
  query(sql: string, signal: AbortSignal): Promise<HttpAnswer> {
    const body = JSON.stringify({ query: sql });
    const path = '/api/v1/catalogs/default_catalog/sql';
    return this.#askFe(
      (url) => this.#exchange('POST', new URL(path, url), { 'Content-Type': 'application/json' }, signal, body),
      signal,
    );
  }

  /** A question without consequences. Throws an UnavailableError when no FE answers. */
  get(path: string, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#askFe((url) => this.#exchange('GET', new URL(path, url), {}, signal), signal);
  }

  /** Fetches an address that StarRocks gave. */
  fetch(url: URL, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#exchange('GET', url, {}, signal);
  }

  /** Closes the idle connections. */
  close(): void {
    this.#agent.destroy();
    void this.#dispatcher.destroy();
  }

  /** The first FE that answers. One that may have acted is not passed over: its answer is lost. */
  async #askFe(ask: (url: string) => Promise<HttpAnswer>, signal: AbortSignal): Promise<HttpAnswer> {
    const failures: string[] = [];
    for (const url of this.#addresses.inOrder()) {
      try {
        return await ask(url);
      } catch (error) {
        if (signal.aborted) throw error;
        this.#addresses.failed(url);
        if (error instanceof LostAnswerError) throw error;
        failures.push(describeError(error));
      }
    }
    throw new UnavailableError(`No StarRocks FE answers (${failures.join('; ')})`);
  }

  async #exchange(
    method: 'GET' | 'POST',
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    body?: string,
  ): Promise<HttpAnswer> {
    const limitMs = this.#options.connectMs + this.#options.idleMs;
    let target = url;
    for (let hop = 0; ; hop++) {
      let answer: HttpAnswer;
      // Not AbortSignal.timeout: Node.js 20 forgets one that only an AbortSignal.any listens to.
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
      try {
        const { origin, pathname, search } = target;
        const response = await this.#dispatcher.request({
          origin,
          path: `${pathname}${search}`,
          method,
          headers: { ...headersInUtf8(headers), Authorization: this.#authorization },
          signal: AbortSignal.any([signal, late.signal]),
          reset: true,
          ...(body !== undefined && { body }),
        });
        const { location } = response.headers;
        answer = {
          status: response.statusCode,
          location: typeof location === 'string' ? location : undefined,
          body: await response.body.text(),
        };
      } catch (error) {
        signal.throwIfAborted();
        throw unanswered(method, target, error);
      } finally {
        clearTimeout(timer);
      }
      if (!isRedirect(answer)) return answer;
      target = this.#redirectTarget(answer, hop);
    }
  }

  #redirectTarget({ location, status }: HttpAnswer, hop: number): URL {
    if (location === undefined) throw new UnavailableError(`StarRocks answered ${status} without saying where to go`);
    if (hop >= MAX_REDIRECTS) {
      throw new UnavailableError(`StarRocks redirected ${hop} times in a row, last to ${location}`);
    }
    let target: URL;
    try {
      target = new URL(location);
    } catch {
      throw new UnavailableError(`StarRocks redirected to an address that cannot be read: ${location}`);
    }
    // Credentials never come from an address that somebody else wrote.
    target.username = '';
    target.password = '';
    const { addressMap } = this.#options;
    const mapped = addressMap && Object.hasOwn(addressMap, target.host) ? addressMap[target.host] : undefined;
    if (mapped !== undefined) target.host = mapped;
    return target;
  }

  /** Says who sent us to an address that does not answer: often one that only the cluster itself can reach. */
  #unreachable({ location }: HttpAnswer, error: UnavailableError): UnavailableError {
    const { urls } = this.#options;
    return new UnavailableError(
      `${error.message}. The FE (${urls.join(', ')}) sent us to ${location}; if that address cannot be reached from here, map it with starrocks.addressMap`,
      { cause: error },
    );
  }
}

function isRedirect({ status }: HttpAnswer): boolean {
  return status === 307 || status === 308;
}

/** A connection that was never made has changed nothing; after that, a POST may have. */
function unanswered(method: string, { host }: URL, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(
    code,
  );
  const text = `${host}: ${describeError(error)}`;
  return method === 'GET' || neverSent
    ? new UnavailableError(text, { cause: error })
    : new LostAnswerError(text, { cause: error });
}
