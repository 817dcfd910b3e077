import { HELP, parseCommandLine } from './command-line.ts';
import { startEmulator } from './index.ts';
import { type EmulatorOptions } from './settings.ts';

async function main(): Promise<void> {
  let options: EmulatorOptions | undefined;
  try {
    options = parseCommandLine(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
    return;
  }
  if (options === undefined) {
    process.stdout.write(HELP);
    return;
  }
  const emulator = await startEmulator(options);
  const { feUrl, feHostPort, feUrls, beUrls, queryPort, controlUrl } = emulator;
  process.stdout.write(
    `${JSON.stringify({ feUrl, feHostPort, feUrls, beUrls, queryPort, controlUrl, pid: process.pid })}\n`,
  );
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      // DuckDB's threads need no farewell; an open connection must not hold the process.
      void emulator.close().finally(() => process.exit(0));
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
