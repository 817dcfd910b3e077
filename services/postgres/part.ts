import { parseArgs } from 'node:util';
import type { Part } from '../part.ts';
import { parsePort } from '../support/parse-options.ts';
import { spawnDetached } from '../support/spawn-logged.ts';
import { launchPostgres } from './launch.ts';

export const postgresPart: Part = {
  name: 'postgres',
  summary: 'PostgreSQL 15 with logical replication (Linux on x64; the first time Maven and xz)',
  help: '--port N                 its port (default: a free one)',
  plan: (args) => {
    const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' } } });
    const options = { port: values.port === undefined ? undefined : parsePort(values.port) };
    return {
      part: 'postgres',
      fingerprint: JSON.stringify(options),
      launch: async ({ dir, say, onSpawned }) => {
        const { files, identity } = await launchPostgres({
          dir,
          options: { ...options, say },
          spawn: spawnDetached,
          onSpawned,
        });
        return { ...files.endpoints, pid: identity.pid, logFile: files.logFile };
      },
    };
  },
};
