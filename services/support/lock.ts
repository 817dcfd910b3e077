import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { within } from './poll.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { ServiceError } from './service-error.ts';

/**
 * Runs the task while no other process runs one under the same lock file; a holder that died doesn't count.
 * Two processes that find a dead holder at the same instant may both get in, so the task must bear that, if slowly.
 */
export async function withLock<T>(file: string, limitMs: number, task: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const owner = JSON.stringify(identify(process.pid));
  if (!(await within(limitMs, () => acquire(file, owner)))) {
    throw new ServiceError(`Another process holds ${file} for too long; end it, or delete the file if none runs.`);
  }
  try {
    return await task();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string, owner: string): Promise<boolean> {
  try {
    await writeFile(file, owner, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const holder = await readHolder(file);
  if (holder !== undefined && !isRunning(holder)) await rm(file, { force: true });
  return false;
}

/** Undefined while the holder is still writing, or has just let go. */
async function readHolder(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
