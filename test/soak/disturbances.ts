import { setTimeout as delay } from 'node:timers/promises';
import { FAILURES, FAULT_POINTS, type FaultSpec } from '../../emulator/index.ts';
import { type Random } from '../support/random.ts';
import { type Fleet } from './fleet.ts';
import { DATABASE, OTHERS, SESSION_MS, type Surroundings } from './surroundings.ts';

/** What can be disturbed. */
export interface Scene extends Surroundings {
  readonly fleet: Fleet;
}

/** Something that goes wrong, drawn and ready to happen. */
export interface Strike {
  /** What it is counted as. */
  readonly kind: string;
  /** Does it, and takes it back: after its own time, or as soon as the signal is aborted. */
  readonly run: (over: AbortSignal) => Promise<void>;
}

/** A kind of thing that goes wrong. */
export interface Disturbance {
  readonly weight: number;
  /** Two of the same are never under way at once. */
  readonly resource?: string;
  /** Draws one; undefined when there is nothing that it could happen to. */
  readonly draw: (random: Random, scene: Scene) => Strike | undefined;
}

const MOST_PROCESSES = 4;
/** More than the labels that the database keeps. */
const OTHER_LOADS = 15;
const DEAD_END = 'http://127.0.0.1:1/';

/** One-shot loads are only made to check the tables at a start. */
const POINTS = FAULT_POINTS.filter((point) => !point.startsWith('stream_load.'));

export const DISTURBANCES: readonly Disturbance[] = [
  {
    weight: 4,
    draw: (_random, { fleet }) => {
      if (fleet.size >= MOST_PROCESSES) return undefined;
      return { kind: 'process started', run: () => fleet.start() };
    },
  },
  {
    weight: 2,
    draw: (random, { fleet }) => {
      const { running } = fleet;
      if (running.length < 2) return undefined;
      const loader = random.pick(running);
      return { kind: 'process stopped (SIGTERM)', run: () => fleet.stop(loader) };
    },
  },
  {
    weight: 4,
    draw: (random, { fleet }) => {
      const { running } = fleet;
      if (running.length === 0) return undefined;
      const loader = random.pick(running);
      return { kind: 'process killed (SIGKILL)', run: () => fleet.kill(loader) };
    },
  },
  freeze({ kind: 'process frozen (SIGSTOP)', weight: 2, ms: [500, SESSION_MS - 2_000], killed: 0 }),
  freeze({
    kind: 'process frozen beyond its session',
    weight: 2,
    ms: [SESSION_MS + 1_000, 2 * SESSION_MS],
    killed: 0.2,
  }),
  { weight: 14, draw: drawFault },
  {
    weight: 2,
    resource: 'be',
    draw: (random, { starrocks }) => {
      const nodes = { be: random.between(0, 1) };
      const ms = random.between(200, 3_000);
      return {
        kind: 'BE killed',
        run: (over) =>
          during(
            ms,
            over,
            () => starrocks.stop(nodes),
            () => starrocks.start(nodes),
          ),
      };
    },
  },
  {
    weight: 1,
    resource: 'be',
    draw: (random, { starrocks }) => {
      const nodes = { be: random.between(0, 1) };
      const ms = random.between(1_000, 6_000);
      const [kind, turn] = random.pick([
        ['BE hangs', (on: boolean) => starrocks.hang(nodes, on)],
        ['BE shuts down', (on: boolean) => starrocks.shutDownGracefully(nodes, on)],
      ] as const);
      return {
        kind,
        run: (over) =>
          during(
            ms,
            over,
            () => turn(true),
            () => turn(false),
          ),
      };
    },
  },
  {
    weight: 1,
    resource: 'fe',
    draw: (random, { starrocks }) => {
      const ms = random.between(200, 2_000);
      return {
        kind: 'FEs killed',
        run: (over) =>
          during(
            ms,
            over,
            () => starrocks.stop('fe'),
            () => starrocks.start('fe'),
          ),
      };
    },
  },
  {
    weight: 1,
    resource: 'fe',
    draw: (random, { starrocks }) => {
      const times = random.between(1, 5);
      return {
        kind: 'FE leader moved',
        // The new one does not know who coordinates what, and the old one turns requests away for a while.
        run: async () => {
          starrocks.failNext('fe.transaction', 'not_master', times);
          await starrocks.stop('fe');
          await starrocks.start('fe');
        },
      };
    },
  },
  {
    weight: 2,
    draw: (_random, { starrocks }) => ({
      kind: 'all connections to StarRocks cut',
      run: () => {
        starrocks.cutConnections('all');
        return Promise.resolve();
      },
    }),
  },
  {
    weight: 1,
    resource: 'publish',
    draw: (random, { starrocks }) => {
      const ms = random.between(500, 4_000);
      const timeoutMs = random.between(0, 500);
      return {
        kind: 'commits become visible late',
        run: (over) =>
          during(
            ms,
            over,
            () => starrocks.holdPublish({ timeoutMs }),
            () => starrocks.releasePublish(),
          ),
      };
    },
  },
  {
    weight: 4,
    resource: 'labels',
    draw: (_random, { starrocks }) => ({
      kind: 'labels forgotten',
      run: async () => {
        for (let load = 0; load < OTHER_LOADS; load++) {
          await starrocks.query(`INSERT INTO ${DATABASE}.${OTHERS} VALUES (${load})`);
        }
        starrocks.sweep();
      },
    }),
  },
  {
    weight: 0.5,
    resource: 'broker',
    draw: (_random, { broker }) => ({ kind: 'broker stopped and started', run: () => broker.restart() }),
  },
  {
    weight: 0.5,
    resource: 'broker',
    draw: (random, { broker }) => {
      const ms = random.between(0, 3_000);
      return {
        kind: 'broker killed',
        run: (over) =>
          during(
            ms,
            over,
            () => broker.kill(),
            () => broker.start(),
          ),
      };
    },
  },
  {
    weight: 1,
    resource: 'broker',
    draw: (random, { broker }) => {
      const ms = random.between(500, 8_000);
      return {
        kind: 'broker frozen',
        run: (over) =>
          during(
            ms,
            over,
            () => broker.pause(),
            () => broker.resume(),
          ),
      };
    },
  },
];

interface Freeze {
  readonly kind: string;
  readonly weight: number;
  readonly ms: readonly [lowest: number, highest: number];
  /** How often it is killed instead of continued, from 0 to 1. */
  readonly killed: number;
}

function freeze({ kind, weight, ms: [lowest, highest], killed }: Freeze): Disturbance {
  return {
    weight,
    draw: (random, { fleet }) => {
      const { running } = fleet;
      if (running.length === 0) return undefined;
      const loader = random.pick(running);
      const ms = random.between(lowest, highest);
      const end = random.chance(killed) ? () => fleet.kill(loader) : () => fleet.thaw(loader);
      return { kind, run: (over) => during(ms, over, () => fleet.freeze(loader), end) };
    },
  };
}

function drawFault(random: Random, { starrocks }: Scene): Strike {
  const [kind, action, holdMs] = random.pick<readonly [string, Partial<FaultSpec>, number]>([
    ['cut', { cut: true }, 0],
    ['disconnected, server goes on', { disconnect: true }, 0],
    ['late answer', { delayMs: random.between(100, 4_000) }, 0],
    ['no answer', { hang: true }, random.between(1_000, 6_000)],
    ['failure', { fail: random.pick(Object.keys(FAILURES)) }, 0],
    ['HTTP 503', { http: { status: 503, body: '<html>busy</html>' } }, 0],
    ['redirect to a dead end', { redirect: DEAD_END }, 0],
  ]);
  const at = action.redirect === undefined ? random.pick(POINTS) : 'fe.transaction';
  // What a server did cannot fail or be redirected any more.
  const early = action.fail !== undefined || action.redirect !== undefined;
  const when = early ? 'before' : random.pick(['before', 'after'] as const);
  const spec: FaultSpec = { at, when, times: random.between(1, 3), ...action };
  return {
    kind: `StarRocks: ${kind}`,
    run: async (over) => {
      const id = starrocks.addFault(spec);
      if (holdMs === 0) return;
      await hold(holdMs, over);
      starrocks.clearFaults(id);
    },
  };
}

async function during(
  ms: number,
  over: AbortSignal,
  begin: () => Promise<void> | void,
  end: () => Promise<void> | void,
): Promise<void> {
  await begin();
  await hold(ms, over);
  await end();
}

async function hold(ms: number, over: AbortSignal): Promise<void> {
  // It only rejects because it is over.
  await delay(ms, undefined, { signal: over }).catch(() => undefined);
}
