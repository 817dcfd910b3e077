import { type Compression, compressBody, compressionHeaders } from './compress-body.ts';
import { type LoadBody, type LoadRequest, StarRocksHttp, type StarRocksHttpOptions } from './starrocks-http.ts';
import { readTransactionAnswer, type TransactionAnswer } from './transaction-response.ts';

/** Where the transactions go. */
export interface TransactionClientOptions extends StarRocksHttpOptions {
  readonly database: string;
  /** Stream Load headers for every load. */
  readonly properties: Readonly<Record<string, string>>;
  /** How the bodies are compressed, as for a plain load. */
  readonly compression?: Compression;
}

/**
 * The steps of StarRocks' transaction interface, one request each. A label names the transaction; a step is not
 * repeated here, because what a lost answer means depends on the step.
 *
 * Every step throws an UnavailableError when nothing was sent, and a LostAnswerError when StarRocks may have acted.
 */
export class TransactionClient {
  readonly #http: StarRocksHttp;
  readonly #database: string;
  readonly #properties: Readonly<Record<string, string>>;
  readonly #compression: Compression;

  /** @param http connections that others use as well; by default its own. */
  constructor(options: TransactionClientOptions, http = new StarRocksHttp(options)) {
    this.#http = http;
    this.#database = options.database;
    this.#properties = options.properties;
    this.#compression = options.compression ?? 'none';
  }

  begin(table: string, label: string, signal: AbortSignal): Promise<TransactionAnswer> {
    const { timeout } = this.#properties;
    return this.#step('begin', table, label, signal, timeout === undefined ? {} : { timeout });
  }

  /**
   * Sends rows. Done means received: whether StarRocks takes them shows at `prepare`.
   *
   * @param properties Stream Load headers that take the place of this client's own.
   */
  async load(
    table: string,
    label: string,
    body: LoadBody,
    signal: AbortSignal,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<TransactionAnswer> {
    const { path, headers } = this.loadRequest(table, properties);
    const bytes = await compressBody(body, this.#compression);
    const { status, body: text } = await this.#http.put(path, { ...headers, label }, bytes, signal);
    return readTransactionAnswer(status, text);
  }

  /** What `load` sends besides the label. */
  loadRequest(table: string, properties: Readonly<Record<string, string>> = {}): LoadRequest {
    const compression = compressionHeaders(this.#compression, this.#properties.format);
    const headers = { ...this.#properties, ...properties, ...compression, db: this.#database, table };
    return { path: '/api/transaction/load', headers };
  }

  /**
   * Makes the rows durable but not visible, and counts them.
   *
   * @param properties further headers of this step, such as `prepared_timeout`, which StarRocks ignores before 3.5.4.
   */
  prepare(
    table: string,
    label: string,
    signal: AbortSignal,
    properties: Readonly<Record<string, string>> = {},
  ): Promise<TransactionAnswer> {
    return this.#step('prepare', table, label, signal, properties);
  }

  /** Makes prepared rows visible. May be repeated. */
  commit(table: string, label: string, signal: AbortSignal): Promise<TransactionAnswer> {
    return this.#step('commit', table, label, signal);
  }

  /** Throws the rows away. May be repeated. */
  rollback(table: string, label: string, signal: AbortSignal): Promise<TransactionAnswer> {
    return this.#step('rollback', table, label, signal);
  }

  /** Closes the idle connections. */
  close(): void {
    this.#http.close();
  }

  async #step(
    operation: string,
    table: string,
    label: string,
    signal: AbortSignal,
    extra: Readonly<Record<string, string>> = {},
  ): Promise<TransactionAnswer> {
    const headers = { ...this.#names(table, label), ...extra };
    const { status, body } = await this.#http.post(`/api/transaction/${operation}`, headers, signal);
    return readTransactionAnswer(status, body);
  }

  #names(table: string, label: string): Record<string, string> {
    return { db: this.#database, table, label };
  }
}
