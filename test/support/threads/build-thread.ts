import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/**
 * Bundles the thread of `odd-task.ts` from its source: threads of node 20 run JavaScript only.
 *
 * @returns where it is, and what deletes it.
 */
export async function buildThread(): Promise<{ readonly entry: URL; readonly remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'tributary-thread-'));
  const file = join(dir, 'odd-task.mjs');
  const bundle = await rolldown({ input: join(import.meta.dirname, 'odd-task.ts'), platform: 'node' });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  return { entry: pathToFileURL(file), remove: () => rm(dir, { recursive: true, force: true }) };
}
