import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type MainProcess } from './main-process.ts';
import { restAddress } from './rest-address.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The REST API of a process. */
export class Api {
  readonly base: string;

  constructor(base: string) {
    this.base = base;
  }

  async call(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      signal: AbortSignal.timeout(60_000),
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  /** The value of each metric that has something to do with Tributary, by its name and labels. */
  async metrics(): Promise<Map<string, number>> {
    const response = await fetch(`${this.base}/metrics`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1' },
      signal: AbortSignal.timeout(10_000),
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    return new Map(
      [...(await response.text()).matchAll(/^(tributary_.*) (\S+)$/gm)].map(([, name = '', value]) => [
        name,
        Number(value),
      ]),
    );
  }

  /** States of the connector and its tasks. */
  async states(name: string): Promise<string> {
    const { body } = await this.call('GET', `/connectors/${name}/status`);
    const { connector, tasks } = body as { connector: { state: string }; tasks: { state: string }[] };
    return [connector.state, ...tasks.map(({ state }) => state)].join(' ');
  }

  async untilStates(name: string, expected: string): Promise<void> {
    await eventually(async () => expect(await this.states(name)).toBe(expected), 60_000);
  }
}

export async function apiOf(main: MainProcess): Promise<Api> {
  return new Api(await restAddress(main));
}
