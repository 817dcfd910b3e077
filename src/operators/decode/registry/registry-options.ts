import { type RegistryClientOptions, type RegistryTls } from './registry-client.ts';

/** What a pipeline's configuration says about its registry. */
export interface RegistrySettings {
  readonly urls: readonly string[];
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** Which cluster of Confluent Cloud, and which pool of identities there, a token is for. */
  readonly logicalCluster?: string | undefined;
  readonly identityPool?: string | undefined;
  readonly tls?: RegistryTls | undefined;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
}

export function registryClientOptions(settings: RegistrySettings): RegistryClientOptions {
  const { urls, logicalCluster, identityPool, tls, connectTimeoutMs, readTimeoutMs } = settings;
  return {
    urls,
    authorization: authorizationOf(settings),
    headers: {
      ...(logicalCluster !== undefined && { 'target-sr-cluster': logicalCluster }),
      ...(identityPool !== undefined && { 'Confluent-Identity-Pool-Id': identityPool }),
    },
    tls,
    connectMs: connectTimeoutMs,
    readMs: readTimeoutMs,
  };
}

function authorizationOf({ username, password = '', token }: RegistrySettings): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
