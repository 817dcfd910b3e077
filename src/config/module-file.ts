import { pathToFileURL } from 'node:url';
import { describeError } from '../core/errors.ts';
import type { Findings } from './findings.ts';

/** The default export of a module, which may be a promise; undefined with a problem when there is none. */
export async function importModule(
  path: string,
  file: string,
  findings: Findings,
  load: (url: string) => Promise<unknown> = (url) => import(url),
): Promise<unknown> {
  try {
    const loaded = (await load(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    const value = await loaded['default'];
    if (typeof value === 'object' && value !== null) return value;
    findings.problems.push(`${file} must default-export an object with the settings of a pipeline.`);
  } catch (error) {
    findings.problems.push(`${file} cannot be loaded: ${importFault(error, path)}.`);
  }
  return undefined;
}

function importFault(error: unknown, path: string): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return 'this Node does not read TypeScript; compile it to .js, or use Node 22.18 or later';
  const message = describeError(error);
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${path}'`) ? 'there is no such file' : message;
}
