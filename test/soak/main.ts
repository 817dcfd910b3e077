// npm run test:soak: see --help.
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../../services/support/paths.ts';
import { HELP, readOptions, type SoakOptions } from './options.ts';
import { reportText } from './report.ts';
import { runSoak } from './soak.ts';

async function main(): Promise<number> {
  let options: SoakOptions | undefined;
  try {
    options = readOptions(process.argv.slice(2), () => randomInt(2 ** 31));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\nTry: npm run test:soak -- --help\n`);
    return 2;
  }
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const parent = join(cacheDir, 'soak');
  await mkdir(parent, { recursive: true });
  const dir = await mkdtemp(join(parent, 'run-'));
  const stopped = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopped.abort(new Error('stopped')));
  say(`seed ${options.seed}; logs in ${dir}`);
  try {
    const result = await runSoak(options, { dir, say, signal: stopped.signal });
    process.stdout.write(`\n${reportText(result)}`);
    const isRight = result.problems.size === 0;
    if (isRight && !options.keep) await rm(dir, { recursive: true, force: true });
    else process.stdout.write(`The logs of the processes are in ${dir}\n`);
    return isRight ? 0 : 1;
  } catch (error) {
    process.stderr.write(
      `seed ${options.seed}, logs in ${dir}: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function say(text: string): void {
  process.stderr.write(`soak: ${text}\n`);
}

// A library's forgotten handle must not keep a program alive that is done.
process.exit(await main());
