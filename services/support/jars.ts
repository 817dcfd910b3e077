import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.ts';
import { cacheDir } from './paths.ts';
import { identify } from './process-identity.ts';
import { runCommand } from './run-command.ts';
import type { Say } from './say.ts';
import { ServiceError } from './service-error.ts';

const DOWNLOAD_LIMIT_MS = 10 * 60_000;
const PARTIAL = /\.partial-(\d+)$/;

export interface JarSet {
  readonly name: string;
  /** What the user sees while it is downloaded. */
  readonly title: string;
  readonly pom: string;
  /** Whether the contents of the jars are wanted, and not the jars. */
  readonly unpacked?: boolean;
}

/**
 * The folder with the jars of a pom. Its name holds the pom's hash, and it gets that name only once it is complete:
 * a changed pom, or a download that was cut off, means another download; two at once do no harm.
 */
export async function fetchJars(set: JarSet, say: Say, jarsDir: string = join(cacheDir, 'jars')): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(set.pom))
    .digest('hex')
    .slice(0, 12);
  const complete = join(jarsDir, `${set.name}-${hash}`);
  if (existsSync(complete)) return complete;

  return withLock(join(jarsDir, `${set.name}.lock`), DOWNLOAD_LIMIT_MS, async () => {
    if (existsSync(complete)) return complete;
    await removeAbandoned(jarsDir);
    const partial = `${complete}.partial-${process.pid}`;
    await mkdir(partial, { recursive: true });
    try {
      say(`downloading ${set.title} from Maven Central (once)`);
      await copyDependencies(set, partial);
      await rename(partial, complete);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      if (!existsSync(complete)) throw error;
    }
    return complete;
  });
}

async function copyDependencies(set: JarSet, into: string): Promise<void> {
  const goal = [
    `dependency:${set.unpacked ? 'unpack' : 'copy'}-dependencies`,
    '-DincludeScope=runtime',
    `-DoutputDirectory=${into}`,
  ];
  const result = await runCommand(
    'mvn',
    ['--batch-mode', '--quiet', '-Dstyle.color=never', '-f', set.pom, ...goal],
    DOWNLOAD_LIMIT_MS,
  );
  if (result === undefined) {
    throw new ServiceError(
      `${set.title} is downloaded with Maven, and no mvn was found on the PATH: install it (Debian and Ubuntu: apt-get install maven) and try again.`,
    );
  }
  if (result.status === 0) return;
  const reason = result.timedOut ? `it took longer than ${DOWNLOAD_LIMIT_MS / 60_000} minutes` : 'Maven failed';
  throw new ServiceError(`Downloading ${set.title} failed: ${reason}. It said:\n${result.output.trim()}`);
}

async function removeAbandoned(jarsDir: string): Promise<void> {
  for (const name of await readdir(jarsDir)) {
    const pid = PARTIAL.exec(name)?.[1];
    if (pid !== undefined && identify(Number(pid)) === undefined) {
      await rm(join(jarsDir, name), { recursive: true, force: true });
    }
  }
}
