import { parseArgs } from 'node:util';
import type { LaunchContext, Part } from '../part.ts';
import { parsePort, splitAt } from '../support/parse-options.ts';
import { ServiceError } from '../support/service-error.ts';
import { spawnDetached } from '../support/spawn-logged.ts';
import { launchDebezium } from './launch.ts';

export const debeziumPart: Part = {
  name: 'debezium',
  summary: 'Kafka Connect 4.3.1 with Debezium 3.2.3 for PostgreSQL (needs Java 17; the first time also Maven)',
  help: `--bootstrap-servers LIST  the brokers (default: the part kafka, which must be up)
--port N                 the port of its REST API (default: a free one)
--property KEY=VALUE      a property of the worker, may be repeated
--heap SIZE              the JVM's heap (default: 512m)`,
  plan: (args) => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        'bootstrap-servers': { type: 'string' },
        port: { type: 'string' },
        property: { type: 'string', multiple: true },
        heap: { type: 'string' },
      },
    });
    const options = {
      port: values.port === undefined ? undefined : parsePort(values.port),
      properties: Object.fromEntries((values.property ?? []).map((text) => splitAt('=', text, '--property KEY=VALUE'))),
      heap: values.heap,
    };
    const brokers = values['bootstrap-servers'];
    return {
      part: 'debezium',
      fingerprint: JSON.stringify({ ...options, brokers }),
      launch: async (context) => {
        const { dir, say, onSpawned } = context;
        const bootstrapServers = brokers ?? (await ownBrokers(context));
        const { identity, endpoints, logFile } = await launchDebezium({
          dir,
          options: { ...options, bootstrapServers, say },
          spawn: spawnDetached,
          onSpawned,
        });
        return { ...endpoints, pid: identity.pid, logFile };
      },
    };
  },
};

async function ownBrokers({ endpointsOf }: LaunchContext): Promise<string> {
  const kafka = await endpointsOf('kafka');
  if (kafka && 'bootstrapServers' in kafka && typeof kafka.bootstrapServers === 'string') return kafka.bootstrapServers;
  throw new ServiceError(
    'Debezium writes to Kafka, and the part kafka is not up: start it with `npm run services -- up kafka`, or name other brokers with --bootstrap-servers.',
  );
}
