import { ServiceError } from '../services/index.ts';
import { CommandLineError, type DemoOptions, HELP, parseDemoOptions } from './demo/command-line.ts';
import { DemoError } from './demo/demo-error.ts';
import { KeptParts, stopKept } from './demo/kept-parts.ts';
import { OwnedParts } from './demo/owned-parts.ts';
import { type Parts } from './demo/parts.ts';
import { runDemo } from './demo/run-demo.ts';
import { Screen } from './demo/screen.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: keyof typeof SIGNALS) {
    super(signal);
    this.exitCode = SIGNALS[signal];
  }
}

async function main(): Promise<number> {
  const options = parseDemoOptions(process.argv.slice(2));
  switch (options.action) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'stop':
      return stop();
    case 'run':
      return run(options);
  }
}

async function stop(): Promise<number> {
  const stopped = await stopKept(() => undefined);
  process.stdout.write(stopped.length === 0 ? 'No demo was running.\n' : `Stopped: ${stopped.join(', ')}.\n`);
  return 0;
}

async function run(options: DemoOptions): Promise<number> {
  const interrupted = interruption();
  const coloured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const screen = new Screen(process.stdout, coloured);
  const say = (text: string) => screen.detail(text);
  const parts: Parts = options.keep ? await KeptParts.create(say) : await OwnedParts.create(say);
  let keep = false;
  try {
    const { found, seconds, problem } = await Promise.race([runDemo(options, parts, screen), interrupted]);
    keep = options.keep && problem === undefined;
    if (problem !== undefined) screen.line(`Not every row is there once: ${problem}.`);
    screen.line(`loaded ${found} of ${options.rows} rows in ${seconds.toFixed(1)} s`);
    return problem === undefined ? 0 : 1;
  } finally {
    // What was interrupted may still go on for a moment, and has nothing more to say.
    screen.close();
    if (!keep) await parts.stop();
  }
}

/** Rejects at the first signal; everything is ended then. A second one doesn't wait for that. */
function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    let signals = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (++signals > 1) process.exit(SIGNALS[signal]);
        process.stderr.write(`\n${signal}: ending everything that was started\n`);
        reject(new Interrupted(signal));
      });
    }
  });
}

function exitCodeFor(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof DemoError && error.details !== '') process.stderr.write(`${error.details}\n`);
  const known = [CommandLineError, DemoError, ServiceError].some((type) => error instanceof type);
  process.stderr.write(
    `${known || !(error instanceof Error) ? String(error).replace(/^\w*Error: /, '') : (error.stack ?? error.message)}\n`,
  );
  return error instanceof CommandLineError ? 2 : 1;
}

// What was interrupted may hold connections that must not keep the process.
process.exit(await main().catch(exitCodeFor));
