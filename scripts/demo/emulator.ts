import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../services/support/paths.ts';
import { within } from '../../services/support/poll.ts';
import { DemoError } from './demo-error.ts';
import { tailOf } from './log-file.ts';
import { type Parts } from './parts.ts';

const START_LIMIT_MS = 30_000;

export interface EmulatorEndpoints {
  readonly feHostPort: string;
  readonly queryPort: number;
}

/** Starts the emulator as a process of its own and returns when it answers. */
export async function startEmulator(parts: Parts): Promise<EmulatorEndpoints> {
  const program = await parts.startProgram({
    name: 'StarRocks emulator',
    args: [join(projectRoot, 'dist-tools', 'emulator', 'main.js')],
  });
  let endpoints: EmulatorEndpoints | undefined;
  const ready = await within(START_LIMIT_MS, async () => {
    await program.assertRunning();
    endpoints = endpointsIn(await readFile(program.logFile, 'utf8'));
    return endpoints !== undefined;
  });
  if (ready && endpoints !== undefined) return endpoints;
  throw new DemoError(
    `The StarRocks emulator has not answered for ${START_LIMIT_MS / 1000} s.`,
    await tailOf(program.logFile),
  );
}

/** The one line of JSON that it prints when it is ready; undefined as long as it isn't there. */
function endpointsIn(log: string): EmulatorEndpoints | undefined {
  const line = /^\{"feUrl".*\}$/m.exec(log)?.[0];
  return line === undefined ? undefined : (JSON.parse(line) as EmulatorEndpoints);
}
