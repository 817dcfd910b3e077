import { Agent } from 'node:http';
import { request as undiciRequest } from 'undici';
import { describeError, UnavailableError } from '../../core/errors.ts';
import { FeAddresses } from './fe-addresses.ts';
import { type HttpAnswer, httpPut } from './http-put.ts';
import { type LoadAnswer, readLoadAnswer } from './stream-load-response.ts';

/** How to reach StarRocks and as whom. Times in milliseconds. */
export interface StreamLoadClientOptions {
  /** FE addresses: `http://host:port`. */
  readonly urls: readonly string[];
  readonly database: string;
  readonly username: string;
  readonly password: string;
  readonly connectMs: number;
  /** The longest time that a request may make no progress. */
  readonly idleMs: number;
  /** Stream Load headers for every load. */
  readonly properties: Readonly<Record<string, string>>;
}

/** The bytes of one load. */
export interface LoadBody {
  readonly chunks: readonly Uint8Array[];
  readonly length: number;
}

/** A label's transaction, as StarRocks tells it. UNKNOWN: never begun, or forgotten. */
export type LabelState = 'UNKNOWN' | 'PREPARE' | 'PREPARED' | 'COMMITTED' | 'VISIBLE' | 'ABORTED';

const LABEL_STATES: readonly string[] = ['UNKNOWN', 'PREPARE', 'PREPARED', 'COMMITTED', 'VISIBLE', 'ABORTED'];
const MAX_REDIRECTS = 3;
const ERROR_LOG_CHARACTERS = 3_000;

/** StarRocks' HTTP interface for one database: one attempt of a load, and what became of a label. */
export class StreamLoadClient {
  readonly #options: StreamLoadClientOptions;
  readonly #addresses: FeAddresses;
  readonly #authorization: string;
  /** Kept-alive connections to the BEs. An FE closes after each redirect. */
  readonly #agent = new Agent({ keepAlive: true, scheduling: 'lifo' });

  constructor(options: StreamLoadClientOptions) {
    this.#options = options;
    this.#addresses = new FeAddresses(options.urls);
    this.#authorization = `Basic ${Buffer.from(`${options.username}:${options.password}`).toString('base64')}`;
  }

  /**
   * Loads once: asks an FE, follows it to the BE, sends the body there.
   *
   * @throws UnavailableError when nothing was sent; LostAnswerError when StarRocks may have acted.
   */
  async load(table: string, label: string, body: LoadBody, signal: AbortSignal): Promise<LoadAnswer> {
    const { database, properties, connectMs, idleMs } = this.#options;
    const path = `/api/${encodeURIComponent(database)}/${encodeURIComponent(table)}/_stream_load`;
    const headers = { ...properties, label, Authorization: this.#authorization };
    const common = { headers, contentLength: body.length, connectMs, idleMs, signal };

    let answer = await this.#askFe((url) => httpPut({ ...common, url: new URL(path, url) }), signal);
    for (let hop = 0; answer.status === 307 || answer.status === 308; hop++) {
      const target = redirectTarget(answer, hop);
      answer = await httpPut({ ...common, url: target, agent: this.#agent, body: body.chunks });
    }
    return readLoadAnswer(answer.status, answer.body);
  }

  /** The state of a label's newest transaction. Throws an UnavailableError when no FE tells. */
  async labelState(label: string, signal: AbortSignal): Promise<LabelState> {
    const path = `/api/${encodeURIComponent(this.#options.database)}/get_load_state?label=${encodeURIComponent(label)}`;
    const answer = await this.#askFe((url) => this.#get(new URL(path, url), signal), signal);
    let state: unknown;
    try {
      state = (JSON.parse(answer.body) as Record<string, unknown>).state;
    } catch {
      state = undefined;
    }
    if (typeof state === 'string' && LABEL_STATES.includes(state)) return state as LabelState;
    throw new UnavailableError(
      `StarRocks did not tell the state of label ${label}: HTTP ${answer.status} ${answer.body.slice(0, 200)}`,
    );
  }

  /** The start of the log that names rejected rows, or nothing when it cannot be had: it is only for people. */
  async errorLog(url: string, signal: AbortSignal): Promise<string> {
    try {
      const answer = await this.#get(new URL(url), signal);
      return answer.status === 200 ? answer.body.slice(0, ERROR_LOG_CHARACTERS).trim() : '';
    } catch {
      return '';
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #askFe(ask: (url: string) => Promise<HttpAnswer>, signal: AbortSignal): Promise<HttpAnswer> {
    const failures: string[] = [];
    for (const url of this.#addresses.inOrder()) {
      try {
        return await ask(url);
      } catch (error) {
        if (signal.aborted) throw error;
        this.#addresses.failed(url);
        failures.push(describeError(error));
      }
    }
    throw new UnavailableError(`No StarRocks FE answers (${failures.join('; ')})`);
  }

  async #get(url: URL, signal: AbortSignal, hop = 0): Promise<HttpAnswer> {
    const { connectMs, idleMs } = this.#options;
    const response = await undiciRequest(url, {
      method: 'GET',
      headers: { Authorization: this.#authorization },
      headersTimeout: Math.max(connectMs, 1_000) + idleMs,
      bodyTimeout: idleMs,
      signal: AbortSignal.any([signal, AbortSignal.timeout(connectMs + idleMs)]),
      reset: true,
    });
    const { location } = response.headers;
    const answer: HttpAnswer = {
      status: response.statusCode,
      location: typeof location === 'string' ? location : undefined,
      body: await response.body.text(),
    };
    // A follower FE sends the question on to the leader.
    return answer.status === 307 ? this.#get(redirectTarget(answer, hop), signal, hop + 1) : answer;
  }
}

function redirectTarget({ location, status }: HttpAnswer, hop: number): URL {
  if (location === undefined) throw new UnavailableError(`StarRocks answered ${status} without saying where to go`);
  if (hop >= MAX_REDIRECTS)
    throw new UnavailableError(`StarRocks redirected ${hop} times in a row, last to ${location}`);
  let target: URL;
  try {
    target = new URL(location);
  } catch {
    throw new UnavailableError(`StarRocks redirected to an address that cannot be read: ${location}`);
  }
  // Credentials never come from an address that somebody else wrote.
  target.username = '';
  target.password = '';
  return target;
}
