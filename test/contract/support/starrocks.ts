import { randomBytes } from 'node:crypto';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/index.ts';
import { basicAuth, call, callAndFollow, type HttpAnswer } from './http.ts';

export interface StreamLoadAnswer {
  readonly TxnId: number;
  readonly Label: string;
  readonly Status: string;
  readonly ExistingJobStatus?: string;
  readonly Message: string;
  readonly NumberTotalRows: number;
  readonly NumberLoadedRows: number;
  readonly NumberFilteredRows: number;
  readonly NumberUnselectedRows: number;
  readonly LoadBytes: number;
  readonly ErrorURL?: string;
}

export interface TransactionAnswer extends Partial<StreamLoadAnswer> {
  readonly Status: string;
  readonly Message: string;
}

export type Headers = Readonly<Record<string, string>>;
export type TransactionOperation = 'begin' | 'load' | 'prepare' | 'commit' | 'rollback';

export const JSON_ARRAY: Headers = { format: 'json', strip_outer_array: 'true' };

/** A StarRocks to test: a real cluster when STARROCKS_URL is set, else an emulator of its own. */
export class StarRocks {
  readonly feUrl: string;
  readonly database: string;
  readonly emulator: Emulator | undefined;
  readonly #user: string;
  readonly #password: string;
  readonly #connection: Connection;

  private constructor(feUrl: string, user: string, password: string, connection: Connection, emulator?: Emulator) {
    this.feUrl = feUrl;
    this.database = `contract_${randomBytes(4).toString('hex')}`;
    this.#user = user;
    this.#password = password;
    this.#connection = connection;
    this.emulator = emulator;
  }

  static async start(options: EmulatorOptions = {}): Promise<StarRocks> {
    const { STARROCKS_URL, STARROCKS_QUERY_URL, STARROCKS_USER = 'root', STARROCKS_PASSWORD = '' } = process.env;
    const emulator = STARROCKS_URL === undefined ? await startEmulator(options) : undefined;
    const query = new URL(
      `mysql://${STARROCKS_QUERY_URL?.replace(/^\w+:\/\//, '') ?? `127.0.0.1:${emulator?.queryPort ?? 9030}`}`,
    );
    const connection = await createConnection({
      host: query.hostname,
      port: Number(query.port),
      user: STARROCKS_USER,
      password: STARROCKS_PASSWORD,
      supportBigNumbers: true,
      bigNumberStrings: false,
      dateStrings: true,
    });
    const feUrl = STARROCKS_URL ?? emulator?.feUrl ?? '';
    const starrocks = new StarRocks(feUrl, STARROCKS_USER, STARROCKS_PASSWORD, connection, emulator);
    await starrocks.sql(`CREATE DATABASE ${starrocks.database}`);
    await starrocks.sql(`USE ${starrocks.database}`);
    return starrocks;
  }

  async close(): Promise<void> {
    await this.sql(`DROP DATABASE IF EXISTS ${this.database}`);
    await this.#connection.end();
    await this.emulator?.close();
  }

  async sql(statement: string): Promise<Record<string, unknown>[]> {
    const [rows] = await this.#connection.query<RowDataPacket[]>(statement);
    return Array.isArray(rows) ? rows.map((row) => ({ ...row })) : [];
  }

  /** Creates a table in the suite's database; a single BE needs one replica. */
  async table(name: string, columns: string, rest = ''): Promise<string> {
    await this.sql(`CREATE TABLE ${name} (${columns}) ${rest} PROPERTIES ("replication_num" = "1")`);
    return name;
  }

  authorization(user = this.#user, password = this.#password): Headers {
    return { Authorization: basicAuth(user, password) };
  }

  loadUrl(table: string): string {
    return `${this.feUrl}/api/${this.database}/${table}/_stream_load`;
  }

  async rawLoad(table: string, body: string | Buffer, headers: Headers = {}): Promise<HttpAnswer> {
    const all = { ...this.authorization(), Expect: '100-continue', ...headers };
    return callAndFollow({ method: 'PUT', url: this.loadUrl(table), headers: all, body });
  }

  async load(table: string, body: string | Buffer, headers: Headers = {}): Promise<StreamLoadAnswer> {
    return JSON.parse((await this.rawLoad(table, body, headers)).text) as StreamLoadAnswer;
  }

  /** Loads rows as a JSON array. */
  loadRows(table: string, rows: readonly object[], headers: Headers = {}): Promise<StreamLoadAnswer> {
    return this.load(table, JSON.stringify(rows), { ...JSON_ARRAY, ...headers });
  }

  async transaction(
    operation: TransactionOperation,
    label: string,
    table: string,
    headers: Headers = {},
    body: string | Buffer = '',
  ): Promise<TransactionAnswer> {
    const expect: Headers = operation === 'load' ? { Expect: '100-continue' } : {};
    const answer = await callAndFollow({
      method: operation === 'load' ? 'PUT' : 'POST',
      url: `${this.feUrl}/api/transaction/${operation}`,
      headers: { ...this.authorization(), ...expect, label, db: this.database, table, ...headers },
      body,
    });
    return JSON.parse(answer.text) as TransactionAnswer;
  }

  async loadState(label: string): Promise<string> {
    const url = `${this.feUrl}/api/${this.database}/get_load_state?label=${label}`;
    const { text } = await callAndFollow({ method: 'GET', url, headers: this.authorization() });
    return (JSON.parse(text) as { state: string }).state;
  }

  /** The rejected rows behind an ErrorURL. */
  async errorLog(answer: { readonly ErrorURL?: string }): Promise<string> {
    if (answer.ErrorURL === undefined) throw new Error('the answer has no ErrorURL');
    return (await call({ method: 'GET', url: answer.ErrorURL, headers: this.authorization() })).text;
  }
}

let counter = 0;

export function newLabel(): string {
  return `contract_${process.pid}_${Date.now()}_${counter++}`;
}
