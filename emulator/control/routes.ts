import { type Fault } from '../faults/fault.ts';
import { type FaultSpec } from '../faults/parse-fault.ts';
import { type StatsSnapshot } from '../stats.ts';

type Nodes = 'fe' | 'be' | 'all' | { readonly be: number };

/** What can be done to a running emulator from outside. */
export interface Controls {
  stats(): StatsSnapshot;
  query(sql: string): Promise<object[]>;
  faults(): (Fault & { readonly id: number })[];
  addFault(spec: FaultSpec): number;
  clearFaults(id?: number): void;
  advanceClock(milliseconds: number): void;
  sweep(): void;
  stop(nodes: Nodes): Promise<void>;
  start(nodes: Nodes): Promise<void>;
  hang(nodes: Nodes, on: boolean): void;
  shutDownGracefully(nodes: Nodes, on: boolean): void;
  cutConnections(nodes: Nodes): void;
  moveLeader(): void;
  holdPublish(options: { readonly timeoutMs?: number }): void;
  delayPublish(delayMs: number, timeoutMs?: number): void;
  releasePublish(): void;
}

type Route = (
  controls: Controls,
  body: object,
  query: URLSearchParams,
) => object | undefined | Promise<object | undefined>;

/** Method and path of every operation. */
export const ROUTES: Readonly<Partial<Record<string, Route>>> = {
  'GET /stats': (controls) => controls.stats(),
  'POST /query': async (controls, body) => ({ rows: await controls.query(text(body, 'sql')) }),
  'GET /faults': (controls) => controls.faults(),
  'POST /faults': (controls, body) => ({ id: controls.addFault(body as FaultSpec) }),
  'DELETE /faults': (controls, _body, query) => {
    const id = query.get('id');
    controls.clearFaults(id === null ? undefined : Number(id));
    return undefined;
  },
  'POST /clock': (controls, body) => {
    controls.advanceClock(number(body, 'advanceMs'));
    return undefined;
  },
  'POST /sweep': (controls) => {
    controls.sweep();
    return undefined;
  },
  'POST /stop': async (controls, body) => {
    await controls.stop(nodes(body, 'all'));
    return undefined;
  },
  'POST /start': async (controls, body) => {
    await controls.start(nodes(body, 'all'));
    return undefined;
  },
  'POST /hang': (controls, body) => {
    controls.hang(nodes(body, 'be'), on(body));
    return undefined;
  },
  'POST /shutdown': (controls, body) => {
    controls.shutDownGracefully(nodes(body, 'be'), on(body));
    return undefined;
  },
  'POST /cut': (controls, body) => {
    controls.cutConnections(nodes(body, 'all'));
    return undefined;
  },
  'POST /leader': (controls) => {
    controls.moveLeader();
    return undefined;
  },
  'POST /publish': (controls, body) => {
    const { hold, delayMs, timeoutMs } = body as { hold?: boolean; delayMs?: number; timeoutMs?: number };
    if (hold === true) controls.holdPublish(timeoutMs === undefined ? {} : { timeoutMs });
    else if (delayMs === undefined) controls.releasePublish();
    else controls.delayPublish(delayMs, timeoutMs);
    return undefined;
  },
};

function field(body: object, name: string): unknown {
  return (body as Record<string, unknown>)[name];
}

function text(body: object, name: string): string {
  const value = field(body, name);
  if (typeof value !== 'string') throw new Error(`"${name}" must be a string.`);
  return value;
}

function number(body: object, name: string): number {
  const value = field(body, name);
  if (typeof value !== 'number') throw new Error(`"${name}" must be a number.`);
  return value;
}

function on(body: object): boolean {
  return field(body, 'on') !== false;
}

/** `{"nodes":"fe"}`, `{"nodes":"be"}`, `{"nodes":{"be":1}}` */
function nodes(body: object, byDefault: Nodes): Nodes {
  const value = field(body, 'nodes');
  if (value === undefined) return byDefault;
  if (value === 'fe' || value === 'be' || value === 'all') return value;
  if (typeof value === 'object' && value !== null) return { be: number(value, 'be') };
  throw new Error('"nodes" must be "fe", "be", "all" or {"be": index}.');
}
