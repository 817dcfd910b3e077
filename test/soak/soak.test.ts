import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFailed, onTestFinished } from 'vitest';
import { reportText } from './report.ts';
import { runSoak } from './soak.ts';

/** A short seed here; `npm run test:soak` takes as long as it is told, and has --help. */
const SEED = 20_261_121;
const DISTURB_MS = 40_000;

it(`while things go wrong on all sides for ${DISTURB_MS / 1000} s, every row gets to where it belongs, once; seed ${SEED}`, {
  timeout: 400_000,
}, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tributary-soak-'));
  let report = 'It did not come to an end.';
  let failed = false;
  onTestFailed(() => {
    failed = true;
    process.stderr.write(`${report}The logs of the processes are in ${dir}\n`);
  });
  onTestFinished(async () => {
    if (!failed) await rm(dir, { recursive: true, force: true });
  });
  const { signal } = new AbortController();
  const result = await runSoak(
    { seed: SEED, disturbMs: DISTURB_MS, rowsPerSecond: 400, logLevel: 'info' },
    { dir, say: () => undefined, signal },
  );
  report = reportText(result);
  expect(Object.fromEntries(result.problems)).toEqual({});
  expect(result.produced).toBeGreaterThan(1_000);
  expect(result.loaded).toBeGreaterThan(500);
  expect(result.deadLetters).toBeGreaterThan(0);
  expect(result.disturbances.total).toBeGreaterThan(10);
});
