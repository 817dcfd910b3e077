import { afterEach, expect, it } from 'vitest';
import { type Emulator, type FaultSpec } from '../../emulator/index.ts';
import { JSON_ARRAY, newLabel, StarRocks, type StreamLoadAnswer } from '../contract/support/starrocks.ts';

let sr: StarRocks | undefined;
afterEach(() => sr?.close());

/** Numbers that are the same in every run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const FAULTS: readonly FaultSpec[] = [
  { at: 'fe.stream_load', cut: true },
  { at: 'stream_load.begin', cut: true },
  { at: 'stream_load.begin', when: 'after', cut: true },
  { at: 'stream_load.body', cut: true },
  { at: 'stream_load.body', when: 'after', disconnect: true },
  { at: 'stream_load.execute', fail: 'too_many_versions' },
  { at: 'stream_load.commit', cut: true },
  { at: 'stream_load.commit', when: 'after', cut: true },
  { at: 'stream_load.commit', when: 'after', fail: 'unknown_commit_state' },
  { at: 'stream_load.begin', fail: 'not_master' },
];

const LOADS = 300;

/** The protocol of §8.4: one label for all attempts at the same rows, and the label's state when an answer does not come. */
async function loadOnce(server: StarRocks, rows: readonly object[]): Promise<void> {
  const label = newLabel();
  for (;;) {
    const answer: Partial<StreamLoadAnswer> = await server
      .loadRows('t', rows, { ...JSON_ARRAY, label })
      .catch(() => ({}));
    if (answer.Status === 'Success' || answer.ExistingJobStatus === 'FINISHED') return;
    let state = await server.loadState(label);
    while (state === 'PREPARE' || state === 'COMMITTED') state = await server.loadState(label);
    if (state === 'VISIBLE') return;
  }
}

it('loads every row once under random faults, and leaves nothing open', async () => {
  sr = await StarRocks.start({ backends: 2 });
  const server = sr;
  const emulator: Emulator | undefined = sr.emulator;
  if (emulator === undefined) throw new Error('this test is about the emulator');
  await sr.table('t', 'id INT');
  const random = generator(20_240_501);
  let next = 0;
  const lane = async () => {
    while (next < LOADS) {
      const id = next++;
      const fault = FAULTS[Math.floor(random() * FAULTS.length * 2)];
      if (fault !== undefined) emulator.addFault(fault);
      await loadOnce(server, [{ id: id * 2 }, { id: id * 2 + 1 }]);
    }
  };
  await Promise.all([lane(), lane(), lane()]);
  const [row] = await emulator.query(`SELECT count(*) c, count(DISTINCT id) d, sum(id) s FROM ${server.database}.t`);
  expect(row).toEqual({ c: 2 * LOADS, d: 2 * LOADS, s: LOADS * (2 * LOADS - 1) });
  emulator.clearFaults();
  expect(emulator.stats()).toMatchObject({ openTransactions: 0 });
  await expect.poll(() => emulator.stats().openConnections).toBe(0);
});
