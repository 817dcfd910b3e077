import { type ConverterOptions } from '../converter-options.ts';
import { basicAuthorization, type RegistryClientOptions, type RegistryTls } from './registry-client.ts';

const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Reads a registry's address and credentials from a converter's settings, as Confluent names them. Strategies for subjects
 * need no reading: the id in a record says which schema it is.
 *
 * @throws ConfigError for settings that cannot work.
 */
export function registryClientOptions(options: ConverterOptions, tls?: RegistryTls): RegistryClientOptions {
  return {
    urls: urlsOf(options),
    authorization: authorizationOf(options),
    headers: confluentCloudHeaders(options),
    tls,
    connectMs: options.count('http.connect.timeout.ms', DEFAULT_TIMEOUT_MS, 1),
    readMs: options.count('http.read.timeout.ms', DEFAULT_TIMEOUT_MS, 1),
  };
}

function urlsOf(options: ConverterOptions): string[] {
  const key = 'schema.registry.url';
  const urls = (options.text(key) ?? '').split(',').map((url) => url.trim());
  if (urls.every((url) => url === ''))
    throw options.problem(key, 'it takes the address of a schema registry, such as http://host:8081');
  for (const url of urls) {
    // The URL may hold a password, so it is not repeated.
    if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
      throw options.secretProblem(key, 'it takes addresses such as http://host:8081, with commas between them');
    }
  }
  return urls;
}

function authorizationOf(options: ConverterOptions): string | undefined {
  const bearer = options.text('bearer.auth.credentials.source');
  if (bearer !== undefined) return bearerAuthorization(bearer.toUpperCase(), options);
  const key = 'basic.auth.credentials.source';
  const source = options.text(key)?.toUpperCase() ?? 'URL';
  switch (source) {
    case 'URL':
      return undefined;
    case 'USER_INFO': {
      const infoKey = 'basic.auth.user.info';
      const info = options.text(infoKey) ?? options.text(`schema.registry.${infoKey}`) ?? '';
      const colon = info.indexOf(':');
      if (colon < 1) throw options.secretProblem(infoKey, 'it takes a user name, a colon and a password');
      return basicAuthorization(info.slice(0, colon), info.slice(colon + 1));
    }
    case 'SASL_INHERIT': {
      const jaas = options.text('sasl.jaas.config') ?? '';
      const [username, password] = [jaasOption(jaas, 'username'), jaasOption(jaas, 'password')];
      if (username === undefined || password === undefined) {
        throw options.secretProblem('sasl.jaas.config', `with ${key}=SASL_INHERIT it takes a username and a password`);
      }
      return basicAuthorization(username, password);
    }
    default:
      throw options.problem(key, 'it takes URL, USER_INFO or SASL_INHERIT');
  }
}

function bearerAuthorization(source: string, options: ConverterOptions): string {
  if (source !== 'STATIC_TOKEN') {
    throw options.problem(
      'bearer.auth.credentials.source',
      'only STATIC_TOKEN, with bearer.auth.token, is known here so far',
    );
  }
  const token = options.text('bearer.auth.token') ?? '';
  if (token === '') throw options.secretProblem('bearer.auth.token', 'it takes the token itself');
  return `Bearer ${token}`;
}

/** Which cluster and pool a token is for. */
function confluentCloudHeaders(options: ConverterOptions): Record<string, string> {
  const cluster = options.text('bearer.auth.logical.cluster');
  const pool = options.text('bearer.auth.identity.pool.id');
  return {
    ...(cluster !== undefined && { 'target-sr-cluster': cluster }),
    ...(pool !== undefined && { 'Confluent-Identity-Pool-Id': pool }),
  };
}

function jaasOption(jaas: string, name: string): string | undefined {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|'([^']*)'|([^\\s;]+))`).exec(jaas);
  return match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2] ?? match?.[3];
}
