import { join } from 'node:path';
import { runCommand } from './run-command.ts';
import { ServiceError } from './service-error.ts';

const LIMIT_MS = 60_000;

/** Compiles Java sources against the jars of a folder, into another folder. Throws a ServiceError with what javac said. */
export async function compileJava(
  sources: readonly string[],
  { jars, into }: { readonly jars: string; readonly into: string },
): Promise<void> {
  const home = process.env['JAVA_HOME'];
  const javac = home === undefined || home === '' ? 'javac' : join(home, 'bin', 'javac');
  const result = await runCommand(javac, ['-cp', join(jars, '*'), '-d', into, ...sources], LIMIT_MS);
  if (result?.status !== 0) {
    throw new ServiceError(`${sources.join(', ')} cannot be compiled: ${result?.output ?? 'there is no javac'}`);
  }
}
