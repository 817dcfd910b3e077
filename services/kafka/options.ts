import type { Say } from '../support/say.ts';
import { ServiceError } from '../support/service-error.ts';

export interface KafkaUser {
  readonly username: string;
  readonly password: string;
}

export interface KafkaOptions {
  /** The port of the plaintext listener; a free one by default. */
  readonly port?: number | undefined;
  /** Adds a SASL_SSL listener that takes PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 for these users (`true`: one user). */
  readonly sasl?: boolean | readonly KafkaUser[] | undefined;
  /** Adds an SSL listener that wants a client certificate. */
  readonly mtls?: boolean | undefined;
  /** Off by default, so that a misspelt topic is an error and not an empty topic. */
  readonly autoCreateTopics?: boolean | undefined;
  /** Broker properties that overrule the ones chosen here. */
  readonly properties?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** The JVM's heap, as `-Xmx` takes it. */
  readonly heap?: string | undefined;
  /** Where topics are kept; used again when it holds some. Without it they go when the broker is stopped for good. */
  readonly dataDir?: string | undefined;
  /** Told what is going on during long steps; standard error by default. */
  readonly say?: Say | undefined;
}

export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** Where a broker answers, and what a client needs to get in. Paths are absolute. */
export interface KafkaEndpoints {
  readonly bootstrapServers: string;
  readonly saslSsl?: {
    readonly bootstrapServers: string;
    readonly caFile: string;
    readonly mechanisms: readonly SaslMechanism[];
    readonly users: readonly KafkaUser[];
  };
  readonly mtls?: {
    readonly bootstrapServers: string;
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
  };
}

const DEFAULT_USERS: readonly KafkaUser[] = [{ username: 'tributary', password: 'tributary-secret' }];

export function usersOf({ sasl }: KafkaOptions): readonly KafkaUser[] {
  if (sasl === undefined || sasl === false) return [];
  if (sasl === true) return DEFAULT_USERS;
  sasl.forEach(checkUser);
  return sasl;
}

/** Kafka's own two notations for users, JAAS and StorageTool's, have no way to write the characters refused here. */
function checkUser({ username, password }: KafkaUser): void {
  if (!/^[\w.-]+$/.test(username)) {
    throw new ServiceError(`The user name "${username}" has characters other than letters, digits, ".", "_" and "-".`);
  }
  if (password === '' || /[,[\]]/.test(password)) {
    throw new ServiceError(`The password of "${username}" is empty or has a comma or a square bracket.`);
  }
}
