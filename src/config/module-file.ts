import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { describeError } from '../core/errors.ts';

/** What a module exports, or why it cannot be loaded. */
export type ModuleFile =
  | { readonly exports: Readonly<Record<string, unknown>> }
  | { readonly exports: undefined; readonly fault: string };

/** @param path absolute. */
export async function importModule(
  path: string,
  load: (url: string) => Promise<unknown> = (url) => import(url),
): Promise<ModuleFile> {
  try {
    return { exports: (await load(pathToFileURL(path).href)) as Readonly<Record<string, unknown>> };
  } catch (error) {
    return { exports: undefined, fault: importFault(error, path) };
  }
}

function importFault(error: unknown, path: string): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION')
    return 'this Node does not read TypeScript; compile it to .js, or use Node 22.18 or later';
  // The same code says that a module which it imports is not there.
  return code === 'ERR_MODULE_NOT_FOUND' && !existsSync(path) ? 'there is no such file' : describeError(error);
}
