/** The real parts that tests, benchmarks and the demo run against. */
export { type DebeziumService, startDebezium } from './debezium/service.ts';
export { DetachedParts } from './detached-parts.ts';
export type { KafkaEndpoints, KafkaOptions, KafkaUser, SaslMechanism } from './kafka/options.ts';
export { type KafkaUpEndpoints, kafkaPlan } from './kafka/part.ts';
export { type KafkaService, startKafka, type TopicOptions } from './kafka/service.ts';
export { type PostgresService, startPostgres } from './postgres/service.ts';
export { type RegistryService, startRegistry } from './registry/service.ts';
export { ServiceError } from './support/service-error.ts';
