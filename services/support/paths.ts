import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The same folder whether this file runs as TypeScript in `services/` or compiled in `dist-tools/services/`. */
export const projectRoot = nearestPackage(import.meta.dirname);

/** Everything that the services download or write; git-ignored, and safe to delete while nothing runs. */
export const cacheDir = join(projectRoot, '.cache');

/** Where parts that run keep their state, data and logs. */
export const runDir = join(cacheDir, 'services');

/** A file of `services/` that isn't code, and so isn't compiled into `dist-tools/`. */
export function sourceFile(...path: readonly string[]): string {
  return join(projectRoot, 'services', ...path);
}

function nearestPackage(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('services/ must be inside the project: no package.json was found above it');
  return nearestPackage(parent);
}
