import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../services/support/paths.ts';
import { signal } from '../../services/support/process-identity.ts';
import { DemoError } from './demo-error.ts';
import { tailOf } from './log-file.ts';
import { type Parts, type RunningProgram } from './parts.ts';
import { type Screen } from './screen.ts';
import { type Warehouse } from './warehouse.ts';

const POLL_MS = 50;
/** Without a new row for this long, it is over. */
const STALL_LIMIT_MS = 60_000;
const DRAIN_LIMIT_MS = 60_000;

export function startPipeline(parts: Parts, configFiles: readonly string[]): Promise<RunningProgram> {
  return parts.startProgram({ name: 'pipeline', args: [join(projectRoot, 'dist', 'main.js'), ...configFiles] });
}

/** Waits until SQL finds at least the expected rows, or no new ones for a while. Returns the rows that it found. */
export async function watchRows(
  { pipeline, warehouse, screen }: { pipeline: RunningProgram; warehouse: Warehouse; screen: Screen },
  expected: number,
): Promise<number> {
  const startedAt = performance.now();
  let lastGrowth = startedAt;
  let found = 0;
  for (;;) {
    const rows = await warehouse.countRows();
    const now = performance.now();
    if (rows > found) lastGrowth = now;
    found = rows;
    const rate = (found / (now - startedAt)) * 1000;
    if (found >= expected || now - lastGrowth > STALL_LIMIT_MS) {
      screen.endProgress(found, expected, rate);
      return found;
    }
    screen.progress(found, expected, rate);
    await pipeline.assertRunning();
    await delay(POLL_MS);
  }
}

/** Ends it as an operator would, and throws unless it drained and said so with exit code 0. */
export async function stopPipeline(pipeline: RunningProgram): Promise<void> {
  signal(pipeline.identity, 'SIGTERM');
  const exit = await pipeline.exitWithin(DRAIN_LIMIT_MS);
  if (exit?.status === 0) return;
  const how =
    exit === undefined
      ? `has not ended within ${DRAIN_LIMIT_MS / 1000} s after SIGTERM`
      : `ended with ${exit.signal ?? `exit code ${exit.status}`} after SIGTERM, not with exit code 0`;
  throw new DemoError(`The pipeline ${how}.`, await tailOf(pipeline.logFile));
}
