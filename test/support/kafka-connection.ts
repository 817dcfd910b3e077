import { type KafkaConnectionOptions } from '../../src/streams/kafka/client-options.ts';

/** How tests reach a broker of this machine. */
export function connectionTo(bootstrapServers: string): KafkaConnectionOptions {
  return { brokers: [bootstrapServers], clientId: 'test', connectionTimeoutMs: 3_000, requestTimeoutMs: 10_000 };
}
