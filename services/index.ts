/** The real parts that tests and benchmarks run against. */
export type { KafkaEndpoints, KafkaOptions, KafkaUser, SaslMechanism } from './kafka/options.ts';
export { type KafkaService, startKafka, type TopicOptions } from './kafka/service.ts';
export { ServiceError } from './support/service-error.ts';
