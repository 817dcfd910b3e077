import { parseArgs } from 'node:util';
import type { Part, PartPlan } from '../part.ts';
import { parsePort } from '../support/parse-options.ts';
import { spawnDetached } from '../support/spawn-logged.ts';
import { launchRegistry } from './launch.ts';
import type { RegistryEndpoints, RegistryOptions } from './options.ts';

interface RegistryUpEndpoints extends RegistryEndpoints {
  readonly pid: number;
  readonly logFile: string;
}

export const registryPart: Part = {
  name: 'registry',
  summary: 'Apicurio Registry 2.6.13 with Confluent API, in memory (needs Java 17; the first time also Maven)',
  help: `--port N                 its HTTP port (default: a free one)
--heap SIZE              the JVM's heap (default: 256m)`,
  plan: (args) => registryPlan(parseOptions(args)),
};

function registryPlan(options: RegistryOptions): PartPlan<RegistryUpEndpoints> {
  return {
    part: registryPart.name,
    fingerprint: JSON.stringify({ ...options, say: undefined }),
    launch: async ({ dir, say, onSpawned }) => {
      const { files, identity } = await launchRegistry({
        dir,
        options: { say, ...options },
        spawn: spawnDetached,
        onSpawned,
      });
      return { ...files.endpoints, pid: identity.pid, logFile: files.logFile };
    },
  };
}

function parseOptions(args: readonly string[]): RegistryOptions {
  const { values } = parseArgs({ args: [...args], options: { port: { type: 'string' }, heap: { type: 'string' } } });
  return { port: values.port === undefined ? undefined : parsePort(values.port), heap: values.heap };
}
