import type { Certificate } from '../support/certificates.ts';
import { HOST } from '../support/ports.ts';
import type { KafkaOptions, KafkaUser } from './options.ts';

export interface BrokerPorts {
  readonly plaintext: number;
  readonly controller: number;
  readonly saslSsl: number | undefined;
  readonly mtls: number | undefined;
}

export interface BrokerSecrets {
  readonly ca: string;
  readonly server: Certificate;
}

export interface BrokerSetting {
  readonly options: KafkaOptions;
  readonly users: readonly KafkaUser[];
  readonly ports: BrokerPorts;
  readonly secrets: BrokerSecrets | undefined;
  readonly topicsDir: string;
}

type Properties = Readonly<Record<string, string | number | boolean>>;

/** The text of `server.properties` for one node that is broker and controller. */
export function serverProperties(setting: BrokerSetting): string {
  const all: Properties = {
    ...nodeProperties(setting),
    ...singleNodeProperties,
    ...(setting.secrets === undefined ? {} : tlsProperties(setting.secrets)),
    ...(setting.ports.saslSsl === undefined ? {} : saslProperties(setting.users)),
    ...(setting.ports.mtls === undefined ? {} : { 'listener.name.ssl.ssl.client.auth': 'required' }),
    'auto.create.topics.enable': setting.options.autoCreateTopics ?? false,
    ...setting.options.properties,
  };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${escapeValue(String(value))}\n`)
    .join('');
}

function nodeProperties({ ports, topicsDir }: BrokerSetting): Properties {
  const clientListeners = [
    `PLAINTEXT://${HOST}:${ports.plaintext}`,
    ...(ports.saslSsl === undefined ? [] : [`SASL_SSL://${HOST}:${ports.saslSsl}`]),
    ...(ports.mtls === undefined ? [] : [`SSL://${HOST}:${ports.mtls}`]),
  ].join();
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `${clientListeners},CONTROLLER://${HOST}:${ports.controller}`,
    'advertised.listeners': clientListeners,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': `1@${HOST}:${ports.controller}`,
    'log.dirs': topicsDir,
  };
}

const singleNodeProperties: Properties = {
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  // The first group to come would wait for 50 partitions of each to be made, and every start for them to be loaded.
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'group.initial.rebalance.delay.ms': 0,
  // How long a broker that was killed has to wait for itself to be given up, before it may join again.
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
  // The default takes 128 MB of the heap at the start.
  'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
};

function tlsProperties({ ca, server }: BrokerSecrets): Properties {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.key': server.key,
    'ssl.keystore.certificate.chain': server.cert,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': ca,
  };
}

function saslProperties(users: readonly KafkaUser[]): Properties {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const accounts = users.map(({ username, password }) => `user_${username}=${quote(password)}`).join(' ');
  return {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${accounts};`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': scram,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': scram,
  };
}

function quote(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, '\\$&')}"`;
}

/** As java.util.Properties reads it. */
function escapeValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replace(/^ /, '\\ ');
}
