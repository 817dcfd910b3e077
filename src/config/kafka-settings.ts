import { z } from 'zod';
import { topicPatternFault } from '../core/java-regex.ts';
import { brokerAddress } from './addresses.ts';
import { type ConnectKey, flag, oneOf, setting, text, wholeNumber } from './settings.ts';

const noLimit = Number.MAX_SAFE_INTEGER;
const int32 = 2_147_483_647;
const day = 86_400_000;

/** A setting of Kafka's own consumer, by its Java name. */
const consumer = (key: string): { connect: ConnectKey } => ({ connect: { key, scope: 'consumer' } });
const derived = (key: string): { connect: ConnectKey } => ({ connect: { key, scope: 'consumer', reader: 'own' } });

function consumerNumber(
  key: string,
  range: readonly [number, number],
  unit: string,
  fallback: number,
  description: string,
) {
  return setting(wholeNumber(range[0], range[1], unit).default(fallback), description, consumer(key));
}

export const topicName = text('a topic name (letters, digits, `.`, `_` and `-`, at most 249)')
  .trim()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, {
    error: 'it must be a topic name (letters, digits, `.`, `_` and `-`, at most 249)',
  });

const pem = (what: string) => text(`${what} as PEM text, or the path of a PEM file`);

const tlsSettings = setting(
  z.strictObject({
    ca: setting(
      pem('certificates').optional(),
      'Certificates of the authorities that sign the brokers, PEM text or the path of a PEM file. Without it, those that Node trusts.',
      derived('ssl.truststore.certificates'),
    ),
    cert: setting(
      pem('a certificate').optional(),
      'Certificate chain of this client, PEM.',
      derived('ssl.keystore.certificate.chain'),
    ),
    key: setting(pem('a key').optional(), 'Private key of this client, PEM.', {
      secret: true,
      ...derived('ssl.keystore.key'),
    }),
    passphrase: setting(text().optional(), 'What the private key is encrypted with.', {
      secret: true,
      ...derived('ssl.key.password'),
    }),
    serverNameCheck: setting(
      flag().default(true),
      'Refuse a broker whose certificate is for another host name.',
      derived('ssl.endpoint.identification.algorithm'),
    ),
  }),
  'TLS to the brokers. `tls: {}` is enough for brokers with public certificates.',
  derived('security.protocol'),
);

const saslSettings = setting(
  z.strictObject({
    mechanism: setting(
      oneOf(['plain', 'scram-sha-256', 'scram-sha-512']),
      'How this client proves who it is.',
      derived('sasl.mechanism'),
    ),
    username: setting(text(), 'User name.', derived('sasl.jaas.config')),
    password: setting(text(), 'Password.', { secret: true, ...derived('sasl.jaas.config') }),
  }),
  'User name and password for the brokers.',
);

export const kafkaSettings = setting(
  z.strictObject({
    brokers: setting(
      z
        .array(brokerAddress, { error: 'it must be a list of host:port' })
        .min(1, { error: 'it must name at least one broker' }),
      'Brokers to ask first, `host:port`; the others are found through them.',
      { connect: { key: 'bootstrap.servers', scope: 'consumer', workerDefault: true }, rangeText: 'host:port, …' },
    ),
    clientId: setting(text().optional(), "Name of this client in the brokers' logs and quotas.", {
      ...consumer('client.id'),
      defaultText: '`tributary-<name>-<task>`',
    }),
    groupId: setting(
      text().optional(),
      'Consumer group. The default is the one that Kafka Connect uses, so a pipeline goes on at its offsets.',
      {
        ...consumer('group.id'),
        defaultText: '`connect-<name>`',
      },
    ),
    topics: setting(
      z
        .array(topicName, { error: 'it must be a list of topic names' })
        .min(1, { error: 'it must name at least one topic' })
        .optional(),
      'Topics to load. Either this or `topicsRegex`.',
      { connect: { key: 'topics', scope: 'connector' }, rangeText: 'topic, …' },
    ),
    topicsRegex: setting(
      text('a regular expression')
        .superRefine((given, context) => {
          const fault = topicPatternFault(given);
          if (fault !== undefined)
            context.addIssue({ code: 'custom', message: `it cannot be used as a regular expression: ${fault}` });
        })
        .optional(),
      'Regular expression that a topic has to match as a whole. New topics are found within `metadataMaxAgeMs`.',
      { connect: { key: 'topics.regex', scope: 'connector' }, rangeText: 'regular expression' },
    ),
    autoOffsetReset: setting(
      oneOf(['earliest', 'latest', 'none']).default('earliest'),
      'Where a partition starts for which the group has no offset; `none` stops instead.',
      consumer('auto.offset.reset'),
    ),
    isolationLevel: setting(
      oneOf(['read_uncommitted', 'read_committed']).default('read_uncommitted'),
      'Whether records of open and aborted Kafka transactions are read.',
      consumer('isolation.level'),
    ),
    sessionTimeoutMs: consumerNumber(
      'session.timeout.ms',
      [1000, day],
      'ms',
      45_000,
      'The group takes a silent member to be dead after this.',
    ),
    heartbeatIntervalMs: consumerNumber(
      'heartbeat.interval.ms',
      [100, day],
      'ms',
      3000,
      'Pause between two signs of life to the group.',
    ),
    rebalanceTimeoutMs: consumerNumber(
      'max.poll.interval.ms',
      [1000, day],
      'ms',
      300_000,
      'How long the group waits for its members when it shares out the partitions.',
    ),
    fetchMinBytes: consumerNumber(
      'fetch.min.bytes',
      [0, int32],
      'bytes',
      1,
      'A broker answers once it has this much …',
    ),
    fetchMaxWaitMs: consumerNumber('fetch.max.wait.ms', [1, day], 'ms', 500, '… or after this long.'),
    fetchMaxBytes: consumerNumber(
      'fetch.max.bytes',
      [1024, int32],
      'bytes',
      52_428_800,
      'Most that one answer of a broker brings; never more than 4 MiB.',
    ),
    maxPartitionFetchBytes: consumerNumber(
      'max.partition.fetch.bytes',
      [1024, int32],
      'bytes',
      1_048_576,
      'Most that one answer brings of one partition.',
    ),
    metadataMaxAgeMs: consumerNumber(
      'metadata.max.age.ms',
      [100, noLimit],
      'ms',
      300_000,
      'New topics and partitions are looked for this often.',
    ),
    requestTimeoutMs: consumerNumber(
      'request.timeout.ms',
      [100, day],
      'ms',
      30_000,
      'Longest wait for an answer of a broker.',
    ),
    connectionTimeoutMs: consumerNumber(
      'socket.connection.setup.timeout.ms',
      [100, day],
      'ms',
      10_000,
      'Longest wait for a connection to a broker.',
    ),
    rackId: setting(
      text().optional(),
      'Rack or zone of this process; brokers with a replica there are read from.',
      consumer('client.rack'),
    ),
    tls: tlsSettings.optional(),
    sasl: saslSettings.optional(),
  }),
  'Where the records come from.',
);
