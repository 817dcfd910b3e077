import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runDir } from '../support/paths.ts';
import { within } from '../support/poll.ts';
import { type ProcessIdentity, terminate } from '../support/process-identity.ts';
import { ServiceError } from '../support/service-error.ts';
import { spawnOwned } from '../support/spawn-logged.ts';
import { launchDebezium } from './launch.ts';
import type { DebeziumOptions } from './options.ts';

const STOP_GRACE_MS = 10_000;
const REQUEST_LIMIT_MS = 30_000;
const RUNNING_LIMIT_MS = 60_000;

/** A connector as Kafka Connect's REST API takes it. */
export interface Connector {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
}

/** Starts a worker of Kafka Connect that belongs to this process: it ends with it at the latest. */
export async function startDebezium(options: DebeziumOptions): Promise<DebeziumService> {
  await mkdir(runDir, { recursive: true });
  const dir = await mkdtemp(join(runDir, 'debezium-'));
  try {
    const { identity, endpoints } = await launchDebezium({
      dir,
      options,
      spawn: (command) => spawnOwned(command, dir),
    });
    return new DebeziumService(dir, endpoints.url, identity);
  } catch (error) {
    // A worker that ran leaves its folder: the error names the log in it.
    if (!existsSync(join(dir, 'connect.log'))) await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

export class DebeziumService {
  readonly #dir: string;
  /** Kafka Connect's REST API. */
  readonly url: string;
  readonly #identity: ProcessIdentity;

  constructor(dir: string, url: string, identity: ProcessIdentity) {
    this.#dir = dir;
    this.url = url;
    this.#identity = identity;
  }

  /** Makes a connector and waits until its task runs. */
  async createConnector(connector: Connector): Promise<void> {
    const { name } = connector;
    await this.#request('POST', '/connectors', connector);
    let status: unknown;
    const isUp = await within(RUNNING_LIMIT_MS, async () => {
      status = await this.#request('GET', `/connectors/${name}/status`);
      return JSON.stringify(status).includes('"tasks":[{"id":0,"state":"RUNNING"');
    });
    if (!isUp)
      throw new ServiceError(`The connector ${name} does not run. Kafka Connect says ${JSON.stringify(status)}`);
  }

  /** Ends a connector for good. What it leaves in its database stays. */
  async deleteConnector(name: string): Promise<void> {
    await this.#request('DELETE', `/connectors/${name}`);
  }

  /** Ends the worker and removes what it wrote. */
  async stop(): Promise<void> {
    await terminate(this.#identity, STOP_GRACE_MS);
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #request(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    const text = await response.text();
    // A connector that was just made has no status yet.
    if (response.ok || (method === 'GET' && response.status === 404)) return text === '' ? undefined : JSON.parse(text);
    throw new ServiceError(`Kafka Connect answers ${response.status} to ${method} ${path}: ${text}`);
  }
}
