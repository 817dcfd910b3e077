import { UnavailableError } from '../../core/errors.ts';
import { type LabelState } from '../../core/load-decisions.ts';
import { type Compression, compressBody, compressionHeaders } from './compress-body.ts';
import { wholeEntries } from './error-log.ts';
import { readVersionAnswer, type ServerVersion } from './server-version.ts';
import { type LoadBody, type LoadRequest, StarRocksHttp, type StarRocksHttpOptions } from './starrocks-http.ts';
import { type LoadAnswer, readLoadAnswer } from './stream-load-response.ts';

/** Where the loads go. */
export interface StreamLoadClientOptions extends StarRocksHttpOptions {
  readonly database: string;
  /** Stream Load headers for every load. */
  readonly properties: Readonly<Record<string, string>>;
  /** How the bodies are compressed. Only for servers that `serverVersion` knows to take it: older ones read it as JSON. */
  readonly compression?: Compression;
}

const LABEL_STATES: readonly string[] = ['UNKNOWN', 'PREPARE', 'PREPARED', 'COMMITTED', 'VISIBLE', 'ABORTED'];
/** Enough of an error log for a person. */
const ERROR_LOG_CHARACTERS = 3_000;

/** StarRocks' loads into one database: one attempt of a load, and what became of a label. */
export class StreamLoadClient {
  readonly #http: StarRocksHttp;
  readonly #database: string;
  readonly #properties: Readonly<Record<string, string>>;
  readonly #compression: Compression;

  /** @param http connections that others use as well; by default its own. */
  constructor(options: StreamLoadClientOptions, http = new StarRocksHttp(options)) {
    this.#http = http;
    this.#database = options.database;
    this.#properties = options.properties;
    this.#compression = options.compression ?? 'none';
  }

  /**
   * Loads once: asks an FE, follows it to the BE, sends the body there.
   *
   * @throws UnavailableError when nothing was sent; LostAnswerError when StarRocks may have acted.
   */
  async load(table: string, label: string, body: LoadBody, signal: AbortSignal): Promise<LoadAnswer> {
    const { path, headers } = this.loadRequest(table);
    const bytes = await compressBody(body, this.#compression);
    const answer = await this.#http.put(path, { ...headers, label }, bytes, signal);
    return readLoadAnswer(answer.status, answer.body);
  }

  /** What `load` sends besides the label. */
  loadRequest(table: string): LoadRequest {
    return {
      path: `/api/${encodeURIComponent(this.#database)}/${encodeURIComponent(table)}/_stream_load`,
      headers: { ...this.#properties, ...compressionHeaders(this.#compression, this.#properties.format) },
    };
  }

  /** The server's release; undefined when it does not tell, as before 3.2. */
  async serverVersion(signal: AbortSignal): Promise<ServerVersion | undefined> {
    const { status, body } = await this.#http.query('SELECT current_version();', signal);
    return readVersionAnswer(status, body);
  }

  /** The state of a label's newest transaction. Throws an UnavailableError when no FE tells. */
  async labelState(label: string, signal: AbortSignal, database = this.#database): Promise<LabelState> {
    const path = `/api/${encodeURIComponent(database)}/get_load_state?label=${encodeURIComponent(label)}`;
    const { status, body } = await this.#http.get(path, signal);
    let state: unknown;
    try {
      state = (JSON.parse(body) as Record<string, unknown>).state;
    } catch {
      state = undefined;
    }
    if (typeof state === 'string' && LABEL_STATES.includes(state)) return state as LabelState;
    throw new UnavailableError(
      `StarRocks did not tell the state of label ${label}: HTTP ${status} ${body.slice(0, 200)}`,
    );
  }

  /**
   * The start of the log that names rejected rows, or nothing when it cannot be had.
   *
   * @param characters how much of it is wanted; no entry is cut, unless the first one alone is longer.
   */
  async errorLog(url: string, signal: AbortSignal, characters = ERROR_LOG_CHARACTERS): Promise<string> {
    try {
      const { status, body } = await this.#http.fetch(new URL(url), signal);
      return status === 200 ? wholeEntries(body, characters).trim() : '';
    } catch {
      return '';
    }
  }

  /** Closes the idle connections. */
  close(): void {
    this.#http.close();
  }
}
