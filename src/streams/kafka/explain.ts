import { ConfigError, describeError, UnavailableError } from '../../core/errors.ts';
import { type KafkaConnectionOptions } from './client-options.ts';

/** The client's error as a sentence with a cure. */
export function explain(error: unknown, { brokers, sasl }: KafkaConnectionOptions): Error {
  if (error instanceof ConfigError || error instanceof UnavailableError) return error;
  const text = describeError(error);
  const at = brokers.join(',');
  if (error instanceof Error && error.name.includes('SASL')) {
    return new ConfigError([
      `The Kafka brokers at ${at} refused the user ${sasl?.username ?? '(none)'}: ${text}. Check sasl.mechanism and sasl.jaas.config.`,
    ]);
  }
  if (/authorized|authorization/i.test(text)) {
    return new ConfigError([
      `The Kafka brokers at ${at} do not allow this: ${text}. Grant READ on the topics and on the group.`,
    ]);
  }
  return new UnavailableError(
    `The Kafka brokers at ${at} cannot be reached: ${text}. Check bootstrap.servers, security.protocol and the network.`,
    { cause: error },
  );
}
