import { modelLeaves } from '../walk.ts';
import { restKeys } from './rest-keys.ts';

/** What becomes of a key that has no counterpart in the model. */
export interface Verdict {
  /** `accepted` without a word, `ignored` with a warning, `refused` because ignoring it would mean something else. */
  readonly as: 'accepted' | 'ignored' | 'refused';
  /** Completes "… has no effect: " or "… cannot be honoured: ". */
  readonly why?: string;
}

const accepted = (...keys: string[]): Record<string, Verdict> =>
  Object.fromEntries(keys.map((key) => [key, { as: 'accepted' }]));
const ignored = (why: string, ...keys: string[]): Record<string, Verdict> =>
  Object.fromEntries(keys.map((key) => [key, { as: 'ignored', why }]));
const refused = (why: string, ...keys: string[]): Record<string, Verdict> =>
  Object.fromEntries(keys.map((key) => [key, { as: 'refused', why }]));

/** The whole table of Kafka's consumer keys, as they stand behind `consumer.` and `consumer.override.`. */
export const consumerKeys: Readonly<Record<string, Verdict>> = {
  ...accepted(
    // Read by the code for TLS and SASL.
    'security.protocol',
    'sasl.mechanism',
    'sasl.jaas.config',
    'ssl.truststore.type',
    'ssl.truststore.location',
    'ssl.truststore.certificates',
    'ssl.truststore.password',
    'ssl.keystore.type',
    'ssl.keystore.location',
    'ssl.keystore.certificate.chain',
    'ssl.keystore.key',
    'ssl.keystore.password',
    'ssl.key.password',
    'ssl.endpoint.identification.algorithm',
  ),
  ...ignored(
    'records are taken as they come, and memory is bounded by `buffer.maxBytes`',
    'max.poll.records',
    'receive.buffer.bytes',
    'send.buffer.bytes',
  ),
  ...ignored(
    'reconnecting and retrying have their own times here',
    'reconnect.backoff.ms',
    'reconnect.backoff.max.ms',
    'retry.backoff.ms',
    'retry.backoff.max.ms',
    'socket.connection.setup.timeout.max.ms',
    'connections.max.idle.ms',
    'default.api.timeout.ms',
    'metadata.recovery.strategy',
    'metadata.recovery.rebootstrap.trigger.ms',
  ),
  ...ignored('checksums are always checked', 'check.crcs'),
  ...ignored(
    'Java metrics do not exist here',
    'metric.reporters',
    'metrics.num.samples',
    'metrics.recording.level',
    'metrics.sample.window.ms',
    'auto.include.jmx.reporter',
    'enable.metrics.push',
  ),
  ...ignored('all addresses of a host are tried', 'client.dns.lookup'),
  ...ignored(
    'offsets are committed once their records are loaded, every `offset.flush.interval.ms`',
    'enable.auto.commit',
    'auto.commit.interval.ms',
  ),
  ...ignored(
    'it is for clients of the Java library',
    'key.deserializer',
    'value.deserializer',
    'allow.auto.create.topics',
  ),
  ...ignored('a pattern never names topics of Kafka itself', 'exclude.internal.topics'),
  ...ignored('partitions are shared out by ranges', 'partition.assignment.strategy'),
  ...ignored(
    'Node agrees with the broker on TLS 1.2 or 1.3',
    'ssl.protocol',
    'ssl.enabled.protocols',
    'ssl.provider',
    'ssl.secure.random.implementation',
    'ssl.trustmanager.algorithm',
    'ssl.keymanager.algorithm',
  ),
  ...refused('a member that keeps its partitions over a restart is not supported', 'group.instance.id'),
  ...refused(
    'a Java class cannot be loaded',
    'interceptor.classes',
    'ssl.engine.factory.class',
    'security.providers',
    'sasl.client.callback.handler.class',
    'sasl.login.callback.handler.class',
    'sasl.login.class',
  ),
  ...refused('TLS ciphers cannot be chosen', 'ssl.cipher.suites'),
  ...refused('only the classic group protocol is spoken', 'group.protocol', 'group.remote.assignor'),
};

/** Values that ask for what happens anyway, so that there is nothing to refuse or to warn about. */
export const consumerKeysMeaningNothing: Readonly<Record<string, RegExp>> = {
  'interceptor.classes': /^$/,
  'group.protocol': /^classic$/i,
  'enable.auto.commit': /^false$/i,
  'security.providers': /^$/,
  'ssl.cipher.suites': /^$/,
};

/** The keys of registry converters, as they stand behind `value.converter.`, but for those that are options of one. */
export const converterKeys: Readonly<Record<string, Verdict>> = {
  ...accepted(
    // Read by the code for converters.
    'schemas.enable',
    'schema.registry.url',
    'basic.auth.credentials.source',
    'basic.auth.user.info',
    'schema.registry.basic.auth.user.info',
    'bearer.auth.credentials.source',
    'bearer.auth.token',
    'bearer.auth.logical.cluster',
    'bearer.auth.identity.pool.id',
    'sasl.jaas.config',
    'sasl.mechanism',
    'http.connect.timeout.ms',
    'http.read.timeout.ms',
    // Which class it is for says the key before it.
    'converter.type',
    // They say how values are written, which a sink never does.
    'auto.register.schemas',
    'normalize.schemas',
    'propagate.schema.tags',
    'key.subject.name.strategy',
    'value.subject.name.strategy',
    'reference.subject.name.strategy',
    'context.name.strategy',
    'latest.compatibility.strict',
    'id.compatibility.strict',
    'avro.remove.java.properties',
  ),
  ...ignored(
    'a registry that does not answer is asked again until it does',
    'max.retries',
    'retries.wait.ms',
    'retries.max.wait.ms',
  ),
  ...ignored(
    'schemas are kept for as long as the pipeline runs',
    'max.schemas.per.subject',
    'schemas.cache.config',
    'schemas.cache.size',
  ),
  ...ignored(
    'values are read with the schema that they were written with, and not with the latest one of their subject',
    'use.latest.version',
    'use.latest.with.metadata',
    'latest.cache.size',
    'latest.cache.ttl.sec',
  ),
  ...ignored(
    'it is for Java classes',
    'specific.avro.reader',
    'specific.avro.key.type',
    'specific.avro.value.type',
    'schema.reflection',
    'specific.protobuf.value.type',
    'json.value.type',
    'type.property',
  ),
  ...ignored(
    'values are read by their schema and not validated against the rest of it',
    'json.fail.invalid.schema',
    'json.fail.unknown.properties',
  ),
  ...refused('a proxy to the registry is not supported', 'proxy.host', 'proxy.port'),
  ...refused('rules of data contracts, such as decryption, are not supported', 'rule.executors', 'rule.actions'),
  ...refused(
    'a record has to name its schema itself',
    'use.schema.id',
    'use.schema.guid',
    'use.message.indexes',
    'key.schema.id.deserializer',
    'value.schema.id.deserializer',
  ),
};

const javaOnly = 'it concerns Java only';

/** The worker's keys that are not in the model. */
export const workerKeys: Readonly<Record<string, Verdict>> = {
  ...accepted(
    'key.converter',
    'value.converter',
    'header.converter',
    'offset.storage.file.filename',
    'offset.flush.timeout.ms',
    'plugin.path',
    'plugin.discovery',
    'config.providers',
    'connector.client.config.override.policy',
    'client.dns.lookup',
    'topic.creation.enable',
    'security.protocol',
    'config.storage.topic',
    'offset.storage.topic',
    'status.storage.topic',
    // Of a distributed worker, whose file works here beside that of a connector.
    'group.id',
    'session.timeout.ms',
    'heartbeat.interval.ms',
    'rebalance.timeout.ms',
    'request.timeout.ms',
    'metadata.max.age.ms',
    'client.id',
    'scheduled.rebalance.max.delay.ms',
    'worker.sync.timeout.ms',
    'worker.unsync.backoff.ms',
    'connect.protocol',
    'exactly.once.source.support',
  ),
  ...accepted(...restKeys.map(({ key }) => key)),
  ...ignored('Kafka Connect has dropped it as well; `listeners` has taken its place', 'rest.port', 'rest.host.name'),
  ...ignored(
    javaOnly,
    'metric.reporters',
    'metrics.sample.window.ms',
    'metrics.num.samples',
    'metrics.recording.level',
    'auto.include.jmx.reporter',
  ),
};

/** Beginnings of keys that a worker may have. Longer ones first where they overlap. */
export const workerPrefixes: readonly string[] = [
  'consumer.',
  'producer.',
  'admin.',
  'key.converter.',
  'value.converter.',
  'header.converter.',
  'internal.',
  'config.providers.',
  'sasl.',
  'ssl.',
  'listeners.https.',
  'config.storage.',
  'offset.storage.',
  'status.storage.',
  'inter.worker.',
];

/** The connector's keys that are not in the model. */
export const connectorKeys: Readonly<Record<string, Verdict>> = {
  ...accepted(
    'connector.class',
    'key.converter',
    'value.converter',
    'header.converter',
    'tasks.max.enforce',
    'predicates',
  ),
  ...ignored('loads are retried for ever, until they succeed or can never succeed', 'sink.maxretries'),
  ...ignored('a running pipeline does not read its files again', 'config.action.reload'),
};

export const connectorPrefixes: readonly string[] = [
  'sink.properties.',
  'sink.table.',
  'auto.create.properties.',
  'consumer.override.',
  'producer.override.',
  'admin.override.',
  'key.converter.',
  'value.converter.',
  'header.converter.',
  'transforms.',
  'predicates.',
];

/** The keys of Kafka Connect's files that the model itself has. */
export function modelKeys(scope: 'connector' | 'consumer' | 'worker'): string[] {
  return modelLeaves().flatMap(({ meta: { connect } }) => {
    if (connect === undefined) return [];
    return connect.scope === scope || (scope === 'worker' && connect.workerDefault === true) ? [connect.key] : [];
  });
}
