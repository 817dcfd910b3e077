import type { ReadText } from '../config-providers.ts';
import { type Findings, key, quote } from '../findings.ts';
import { type RecordPart } from '../registry-settings.ts';
import { type ConnectFile, type Entry, list } from './entries.ts';
import { JaasSyntaxError, parseJaas } from './jaas.ts';
import { readTls } from './security.ts';
import { type Lookup } from './stores.ts';

/** `schemaRegistry` of a part in the model, and the entries that its settings came from. */
export interface Registry {
  /** Undefined where the file says nothing of a registry. */
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  readonly origins: ReadonlyMap<string, Entry>;
}

/** What stands before Kafka's own names of TLS settings, behind the converter's prefix. */
export const registryPrefix = 'schema.registry.';

interface Login {
  readonly username: string;
  readonly password: string;
}

/** Reads what Confluent's converters are told about their registry. */
export async function readRegistry(
  part: RecordPart,
  { entries }: ConnectFile,
  readText: ReadText,
  findings: Findings,
): Promise<Registry> {
  const path = `${part}.schemaRegistry`;
  const prefix = `${part}.converter.`;
  const origins = new Map<string, Entry>();
  const lookup: Lookup = (name) => entries.get(prefix + name);
  const settings: Record<string, unknown> = {};
  const set = (names: readonly string[], values: Readonly<Record<string, unknown>>, origin: Entry): void => {
    Object.assign(settings, values);
    for (const name of names) origins.set(`${path}.${name}`, origin);
  };

  const url = lookup('schema.registry.url');
  if (url === undefined) return { settings: undefined, origins };
  const addresses = list(url.value);
  set(['urls'], { urls: addresses.map(withoutLogin) }, url);

  const bearer = lookup('bearer.auth.credentials.source');
  if (bearer !== undefined) {
    const token = readToken(bearer, prefix, lookup, findings);
    if (token !== undefined) set(['token'], { token: token.value }, token);
    for (const [name, from] of [
      ['logicalCluster', lookup('bearer.auth.logical.cluster')],
      ['identityPool', lookup('bearer.auth.identity.pool.id')],
    ] as const) {
      if (from !== undefined) set([name], { [name]: from.value }, from);
    }
  } else {
    const login = readLogin(url, prefix, addresses, lookup, findings);
    if (login !== undefined) set(['username', 'password'], { ...login.login }, login.origin);
  }

  for (const [name, from] of [
    ['connectTimeoutMs', lookup('http.connect.timeout.ms')],
    ['readTimeoutMs', lookup('http.read.timeout.ms')],
  ] as const) {
    if (from !== undefined) set([name], { [name]: /^\d+$/.test(from.value) ? Number(from.value) : from.value }, from);
  }

  if ([...entries.keys()].some((name) => name.startsWith(`${prefix}${registryPrefix}ssl.`))) {
    settings['tls'] = await readTls(
      (name) => lookup(registryPrefix + name),
      `${path}.tls`,
      readText,
      origins,
      findings,
    );
  }
  return { settings, origins };
}

function readToken(source: Entry, prefix: string, lookup: Lookup, findings: Findings): Entry | undefined {
  if (source.value.toUpperCase() !== 'STATIC_TOKEN') {
    findings.problems.push(
      `${key(source.key)} is ${quote(source.value)} (${source.place}), but only \`STATIC_TOKEN\`, with ${key(`${prefix}bearer.auth.token`)}, is supported.`,
    );
    return undefined;
  }
  const token = lookup('bearer.auth.token');
  if (token === undefined || token.value === '') {
    findings.problems.push(
      `${key(source.key)} is ${quote(source.value)} (${source.place}), but ${key(`${prefix}bearer.auth.token`)} does not give the token.`,
    );
  }
  return token;
}

interface OwnLogin {
  readonly login: Login;
  readonly origin: Entry;
}

function readLogin(
  url: Entry,
  prefix: string,
  addresses: readonly string[],
  lookup: Lookup,
  findings: Findings,
): OwnLogin | undefined {
  const source = lookup('basic.auth.credentials.source');
  const info = lookup('basic.auth.user.info') ?? lookup('schema.registry.basic.auth.user.info');
  switch (source?.value.toUpperCase() ?? 'URL') {
    case 'URL': {
      if (info !== undefined) {
        findings.warnings.push(
          `${key(info.key)} (${info.place}) has no effect, as in Kafka Connect: ${key(`${prefix}basic.auth.credentials.source`)} would have to be \`USER_INFO\`.`,
        );
      }
      const login = addresses.map(loginOf).find((each) => each !== undefined);
      return login && { login, origin: url };
    }
    case 'USER_INFO':
      return fromUserInfo(prefix, source, info, findings);
    case 'SASL_INHERIT':
      return fromJaas(prefix, source, lookup('sasl.jaas.config'), findings);
    default:
      findings.problems.push(
        `${key(source?.key ?? '')} is ${quote(source?.value)} (${source?.place ?? ''}), but it must be \`URL\`, \`USER_INFO\` or \`SASL_INHERIT\`.`,
      );
      return undefined;
  }
}

function fromUserInfo(
  prefix: string,
  source: Entry | undefined,
  info: Entry | undefined,
  findings: Findings,
): OwnLogin | undefined {
  const colon = info?.value.indexOf(':') ?? -1;
  if (info === undefined || colon < 1) {
    const where = info === undefined ? 'is missing' : `(${info.place}) is set`;
    findings.problems.push(
      `${key(info?.key ?? `${prefix}basic.auth.user.info`)} ${where}, but ${quote(source?.value)} (${source?.place ?? ''}) asks for a user name, a colon and a password there.`,
    );
    return undefined;
  }
  return { login: { username: info.value.slice(0, colon), password: info.value.slice(colon + 1) }, origin: info };
}

function fromJaas(
  prefix: string,
  source: Entry | undefined,
  config: Entry | undefined,
  findings: Findings,
): OwnLogin | undefined {
  if (config === undefined) {
    findings.problems.push(
      `${key(`${prefix}sasl.jaas.config`)} is missing, but ${quote(source?.value)} (${source?.place ?? ''}) asks for it.`,
    );
    return undefined;
  }
  try {
    const { options } = parseJaas(config.value);
    const [username, password] = [options.get('username'), options.get('password')];
    if (username === undefined || password === undefined)
      throw new JaasSyntaxError('it must give username="…" and password="…"');
    return { login: { username, password }, origin: config };
  } catch (error) {
    if (!(error instanceof JaasSyntaxError)) throw error;
    findings.problems.push(`${key(config.key)} (${config.place}) cannot be used: ${error.message}.`);
    return undefined;
  }
}

/** `basic.auth.credentials.source=URL`: the user name and the password that stand in an address. */
function loginOf(address: string): Login | undefined {
  if (!URL.canParse(address)) return undefined;
  const { username, password } = new URL(address);
  return username === ''
    ? undefined
    : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function withoutLogin(address: string): string {
  return address.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
}
