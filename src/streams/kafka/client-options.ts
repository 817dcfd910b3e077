import kafkajs, { type KafkaConfig, type LogEntry } from 'kafkajs';
import { type Logger } from '../../core/logger.ts';

const { logLevel } = kafkajs;

/** TLS to the brokers; PEM texts. */
export interface KafkaTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  /** Whether the broker's certificate must carry the host name that we connected to. */
  readonly serverNameCheck: boolean;
}

/** SASL credentials for the brokers. */
export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** How to reach and authenticate to the brokers. Times in milliseconds. */
export interface KafkaConnectionOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly tls?: KafkaTls | undefined;
  readonly sasl?: KafkaSasl | undefined;
}

/** KafkaJS's own configuration for a connection. */
export function kafkaConfig(options: KafkaConnectionOptions, logger: Logger): KafkaConfig {
  const { brokers, clientId, connectionTimeoutMs, requestTimeoutMs, tls, sasl } = options;
  return {
    clientId,
    brokers: [...brokers],
    connectionTimeout: connectionTimeoutMs,
    authenticationTimeout: connectionTimeoutMs + 9_000,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 5_000, retries: 3 },
    logLevel: logLevel.INFO,
    logCreator: () => logTo(logger),
    ...(tls && { ssl: tlsOptions(tls) }),
    ...(sasl && { sasl: saslOptions(sasl) }),
  };
}

/** What Node and KafkaJS want to know for TLS. */
export function tlsOptions(tls: KafkaTls): NonNullable<Exclude<KafkaConfig['ssl'], boolean>> {
  return {
    ...(tls.ca !== undefined && { ca: [tls.ca] }),
    ...(tls.cert !== undefined && { cert: tls.cert }),
    ...(tls.key !== undefined && { key: tls.key }),
    ...(tls.passphrase !== undefined && { passphrase: tls.passphrase }),
    ...(!tls.serverNameCheck && { checkServerIdentity: () => undefined }),
  };
}

function saslOptions({ mechanism, username, password }: KafkaSasl): NonNullable<KafkaConfig['sasl']> {
  // KafkaJS's type is a union by mechanism, which a variable of the union's key type does not satisfy.
  switch (mechanism) {
    case 'plain':
      return { mechanism: 'plain', username, password };
    case 'scram-sha-256':
      return { mechanism: 'scram-sha-256', username, password };
    case 'scram-sha-512':
      return { mechanism: 'scram-sha-512', username, password };
  }
}

/** The client says at INFO and ERROR what it then repairs by itself (a pause, a lost connection); we say what is lasting. */
function logTo(logger: Logger): (entry: LogEntry) => void {
  return ({ namespace, log }) => {
    const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...facts } = log;
    logger.debug(facts, `kafka ${namespace}: ${message}`);
  };
}
