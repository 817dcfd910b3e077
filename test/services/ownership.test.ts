import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { within } from '../../services/support/poll.ts';
import { identify, isRunning } from '../../services/support/process-identity.ts';
import { firstLine, startScript } from './support/run.ts';

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a broker goes, and its folder too, when its owner ends by %s',
  async (end) => {
    const owner = startScript('test/services/support/broker-owner.ts');
    const { pid, logFile } = JSON.parse(await firstLine(owner)) as { pid: number; logFile: string };
    const broker = identify(pid);
    if (broker === undefined) throw new Error('the broker does not run');

    owner.kill(end);
    expect(await within(10_000, () => !isRunning(broker))).toBe(true);
    expect(await within(10_000, () => !existsSync(dirname(logFile)))).toBe(true);
  },
);
