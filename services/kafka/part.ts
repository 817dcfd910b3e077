import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Part, PartPlan } from '../part.ts';
import { parsePort, splitAt } from '../support/parse-options.ts';
import { spawnDetached } from '../support/spawn-logged.ts';
import { launchBroker } from './launch.ts';
import type { KafkaEndpoints, KafkaOptions } from './options.ts';

export interface KafkaUpEndpoints extends KafkaEndpoints {
  readonly pid: number;
  readonly logFile: string;
}

export const kafkaPart: Part = {
  name: 'kafka',
  summary: 'Apache Kafka 4.3.1, one KRaft node (needs Java 17; the first time also Maven)',
  help: `--port N                 the plaintext listener's port (default: a free one)
--sasl                   adds a SASL_SSL listener: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
--user NAME:PASSWORD     a user of it, may be repeated (default: tributary:tributary-secret)
--mtls                   adds an SSL listener that wants a client certificate
--auto-create-topics     creates a topic when it is first named
--property KEY=VALUE     a broker property, may be repeated
--heap SIZE              the JVM's heap (default: 512m)
--data-dir DIR           keeps topics in DIR (default: they go with \`down\`)`,
  plan: (args) => kafkaPlan(parseOptions(args)),
};

export function kafkaPlan(options: KafkaOptions): PartPlan<KafkaUpEndpoints> {
  return {
    part: kafkaPart.name,
    fingerprint: JSON.stringify({ ...options, say: undefined }),
    launch: async ({ dir, say, onSpawned }) => {
      const { files, identity } = await launchBroker({
        dir,
        options: { say, ...options },
        spawn: spawnDetached,
        onSpawned: (broker) => onSpawned(broker.identity),
      });
      return { ...files.endpoints, pid: identity.pid, logFile: files.logFile };
    },
  };
}

function parseOptions(args: readonly string[]): KafkaOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      sasl: { type: 'boolean' },
      user: { type: 'string', multiple: true },
      mtls: { type: 'boolean' },
      'auto-create-topics': { type: 'boolean' },
      property: { type: 'string', multiple: true },
      heap: { type: 'string' },
      'data-dir': { type: 'string' },
    },
  });
  const users = (values.user ?? []).map((user) => {
    const [username, password] = splitAt(':', user, '--user NAME:PASSWORD');
    return { username, password };
  });
  const properties = (values.property ?? []).map((property) => splitAt('=', property, '--property KEY=VALUE'));
  return {
    port: values.port === undefined ? undefined : parsePort(values.port),
    sasl: users.length > 0 ? users : values.sasl,
    mtls: values.mtls,
    autoCreateTopics: values['auto-create-topics'],
    properties: Object.fromEntries(properties),
    heap: values.heap,
    dataDir: values['data-dir'] === undefined ? undefined : resolve(values['data-dir']),
  };
}
