import { describe, expect, it } from 'vitest';
import { type TableTarget } from '../../../src/core/table-target.ts';
import { type StreamLoadLane } from '../../../src/sinks/starrocks/stream-load-lane.ts';
import { TableLanes } from '../../../src/sinks/starrocks/table-lanes.ts';

/** As much of a lane as the lanes together look at. */
class FakeLane {
  buffered = 0;
  stopped: Error | undefined;
  isFinished = false;
  flushes = 0;
  closed = false;
  readonly #onBuffered: () => void;

  constructor(onBuffered: () => void) {
    this.#onBuffered = onBuffered;
  }

  admit(bytes: number): void {
    this.buffered += bytes;
    this.#onBuffered();
  }

  flush(): void {
    this.flushes++;
    this.buffered = 0;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

function createLanes(maxBytes: number): { lanes: TableLanes; lane: (table: string) => FakeLane } {
  const made = new Map<string, FakeLane>();
  const lanes = new TableLanes({
    maxBytes,
    createLane({ name }, onBuffered) {
      const lane = new FakeLane(onBuffered);
      made.set(name, lane);
      return lane as unknown as StreamLoadLane;
    },
  });
  return {
    lanes,
    lane(table) {
      lanes.get(target(table));
      return made.get(table) ?? new FakeLane(() => undefined);
    },
  };
}

const target = (table: string): TableTarget => ({ name: table, database: 'db', table });

describe('TableLanes', () => {
  it('makes one lane for each table', () => {
    const { lanes } = createLanes(100);
    expect(lanes.get(target('a'))).toBe(lanes.get(target('a')));
    expect(lanes.get(target('a'))).not.toBe(lanes.get(target('b')));
  });

  it('flushes the table that holds the most when all together hold too much', async () => {
    const { lane } = createLanes(100);
    lane('a').admit(40);
    lane('b').admit(59);
    await Promise.resolve();
    expect([lane('a').flushes, lane('b').flushes]).toEqual([0, 0]);
    lane('a').admit(1);
    await Promise.resolve();
    expect([lane('a').flushes, lane('b').flushes]).toEqual([0, 1]);
  });

  it('waits until bytes that are announced have arrived', async () => {
    const { lane } = createLanes(100);
    lane('a').admit(150);
    expect(lane('a').flushes).toBe(0);
    await Promise.resolve();
    expect(lane('a').flushes).toBe(1);
  });

  it('leaves a stopped table alone, and does not count what it holds', async () => {
    const { lanes, lane } = createLanes(100);
    lane('a').admit(90);
    await Promise.resolve();
    lane('a').stopped = new Error('bad record');
    lane('b').admit(50);
    await Promise.resolve();
    expect([lane('a').flushes, lane('b').flushes]).toEqual([0, 0]);
    expect([lanes.isStopped(target('a')), lanes.isStopped(target('b')), lanes.isStopped(target('c'))]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('tells when all have stopped for good, and why the first did', () => {
    const { lanes, lane } = createLanes(100);
    expect([lanes.allFinished, lanes.firstError]).toEqual([false, undefined]);
    const error = new Error('bad record');
    lane('a');
    lane('b').stopped = error;
    expect([lanes.allFinished, lanes.firstError]).toEqual([false, error]);
    lane('a').stopped = new Error('another');
    lane('a').isFinished = true;
    expect(lanes.allFinished).toBe(false);
    lane('b').isFinished = true;
    expect(lanes.allFinished).toBe(true);
  });

  it('closes all of them', async () => {
    const { lanes, lane } = createLanes(100);
    lane('a');
    lane('b');
    await lanes.close();
    expect([lane('a').closed, lane('b').closed]).toEqual([true, true]);
  });
});
