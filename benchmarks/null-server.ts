import { compiled, firstLineOf, type Lab, type Program, waitFor } from './lab.ts';
import { processUsage } from './process-usage.ts';
import { TABLE_DDL } from './rows.ts';

/** The database that every table of the benchmark is in. */
export const DATABASE = 'bench';
const START_LIMIT_MS = 30_000;

interface Endpoints {
  readonly feUrl: string;
  readonly beUrls: readonly [string];
  readonly controlUrl: string;
}

/** The Stream Load server: the emulator, counting rows and keeping none, in a process of its own. */
export class NullServer {
  readonly #program: Program;
  readonly #endpoints: Endpoints;

  private constructor(program: Program, endpoints: Endpoints) {
    this.#program = program;
    this.#endpoints = endpoints;
  }

  static async start(lab: Lab): Promise<NullServer> {
    // Helper threads of the garbage collection would take cores from what is measured, for nothing: what it frees are
    // whole chunks of bodies. Without them it takes two thirds of the processor time.
    const args = ['--single-threaded-gc', compiled.emulator, '--null', '--control-port', '0'];
    const program = await lab.start('null-server', process.execPath, args);
    const endpoints = await waitFor('ready', { program, limitMs: START_LIMIT_MS }, () =>
      firstLineOf<Endpoints>(program),
    );
    const server = new NullServer(program, endpoints);
    await server.#query(`CREATE DATABASE ${DATABASE}`);
    return server;
  }

  get feUrl(): string {
    return this.#endpoints.feUrl;
  }

  get beUrl(): string {
    return this.#endpoints.beUrls[0];
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** User and system time that it has used. */
  get cpuSeconds(): number {
    return processUsage(this.pid).cpuSeconds;
  }

  async createTable(table: string): Promise<void> {
    await this.#query(`USE ${DATABASE}; ${TABLE_DDL(table)}`);
  }

  /** Rows that were committed since it was started, over all tables. */
  async rowsLoaded(): Promise<number> {
    const { rowsLoaded } = (await this.#ask('GET', '/stats')) as { rowsLoaded: number };
    return rowsLoaded;
  }

  async #query(sql: string): Promise<void> {
    await this.#ask('POST', '/query', { sql });
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#endpoints.controlUrl}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The null server refused ${method} ${path}: ${text}`);
    return JSON.parse(text) as unknown;
  }
}
