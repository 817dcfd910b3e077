import type { ReadText } from '../config-providers.ts';
import { type Findings, key, quote } from '../findings.ts';
import { type ConnectFiles, consumerEntry, type Entry, quoted } from './entries.ts';
import { type JaasLogin, JaasSyntaxError, parseJaas } from './jaas.ts';
import { consumerKeys } from './keys.ts';
import { keyStore, type Lookup, trustStore } from './stores.ts';
import { checkConsumerKey } from './unknown-keys.ts';

/** `kafka.tls` and `kafka.sasl` of the model, and the entries that they came from. */
export interface Security {
  readonly tls?: Readonly<Record<string, unknown>>;
  readonly sasl?: Readonly<Record<string, unknown>>;
  readonly origins: ReadonlyMap<string, Entry>;
}

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];
const isSecurityKey = (name: string): boolean => /^(?:security\.protocol$|sasl\.|ssl\.)/.test(name);

/** How Kafka's Java clients are told to log in and encrypt, read into the model. */
export async function readSecurity(files: ConnectFiles, readText: ReadText, findings: Findings): Promise<Security> {
  const lookup = chooseLayer(files, findings);
  const origins = new Map<string, Entry>();
  const protocolEntry = lookup('security.protocol');
  const protocol = protocolEntry?.value.toUpperCase() ?? 'PLAINTEXT';
  if (protocolEntry !== undefined && !protocols.includes(protocol)) {
    findings.problems.push(
      `${key(protocolEntry.key)} is ${quoted(protocolEntry)} (${protocolEntry.place}), but it must be ${protocols.map(key).join(', ')}.`,
    );
    return { origins };
  }
  const tls = protocol.endsWith('SSL') ? await readTls(lookup, 'kafka.tls', readText, origins, findings) : undefined;
  const sasl = protocol.startsWith('SASL') ? readSasl(lookup, protocolEntry, origins, findings) : undefined;
  const unused = !protocol.startsWith('SASL') ? lookup('sasl.jaas.config') : undefined;
  if (unused !== undefined) {
    findings.warnings.push(
      `${key(unused.key)} (${unused.place}) has no effect, because \`security.protocol\` is ${quote(protocol)} for the consumer.`,
    );
  }
  return { ...(tls && { tls }), ...(sasl && { sasl }), origins };
}

/**
 * In Kafka Connect the worker's unprefixed keys never reach a sink's consumer, which is why files repeat them behind
 * `consumer.`. Where nobody did, they are what was meant: a plaintext consumer could not get at the same brokers.
 */
function chooseLayer(files: ConnectFiles, findings: Findings): Lookup {
  const { worker, connector } = files;
  const own = [
    ...[...worker.entries.keys()]
      .filter((name) => name.startsWith('consumer.'))
      .map((name) => name.slice('consumer.'.length)),
    ...[...connector.entries.keys()]
      .filter((name) => name.startsWith('consumer.override.'))
      .map((name) => name.slice('consumer.override.'.length)),
  ];
  const fallback = worker.entries.get('security.protocol');
  if (own.some(isSecurityKey) || fallback === undefined || fallback.value.toUpperCase() === 'PLAINTEXT') {
    return (name) => consumerEntry(files, name);
  }
  findings.warnings.push(
    `${key('security.protocol')} (${fallback.place}) and the keys beside it are used for the consumer too, because there are none behind \`consumer.\`; Kafka Connect would connect in plain text.`,
  );
  for (const found of worker.entries.values()) {
    // Others may be meant for the listeners of the worker's REST API.
    if (isSecurityKey(found.key) && found.key in consumerKeys) checkConsumerKey(found, '', findings);
  }
  return (name) => worker.entries.get(name);
}

/**
 * Reads Kafka's `ssl.*` keys.
 *
 * @param path - where they go in the model, for `origins`.
 */
export async function readTls(
  lookup: Lookup,
  path: string,
  readText: ReadText,
  origins: Map<string, Entry>,
  findings: Findings,
): Promise<Record<string, unknown>> {
  const trust = await trustStore(lookup, readText, findings);
  const own = await keyStore(lookup, readText, findings);
  const passphrase = lookup('ssl.key.password');
  const check = lookup('ssl.endpoint.identification.algorithm');
  if (check !== undefined && !['', 'https'].includes(check.value.toLowerCase())) {
    findings.problems.push(
      `${key(check.key)} is ${quoted(check)} (${check.place}), but it must be \`https\` or empty.`,
    );
  }
  for (const [name, origin] of Object.entries({
    ca: trust?.origin,
    cert: own?.origin,
    key: own?.origin,
    passphrase,
    serverNameCheck: check,
  })) {
    if (origin !== undefined) origins.set(`${path}.${name}`, origin);
  }
  return {
    ...(trust && { ca: trust.parts.certificates }),
    ...(own && { cert: own.parts.certificates, key: own.parts.key }),
    ...(own && passphrase && { passphrase: passphrase.value }),
    serverNameCheck: check?.value !== '',
  };
}

const mechanisms: Readonly<Record<string, { readonly name: string; readonly module: RegExp }>> = {
  PLAIN: { name: 'plain', module: /(?:^|\.)PlainLoginModule$/ },
  'SCRAM-SHA-256': { name: 'scram-sha-256', module: /(?:^|\.)ScramLoginModule$/ },
  'SCRAM-SHA-512': { name: 'scram-sha-512', module: /(?:^|\.)ScramLoginModule$/ },
};

function readSasl(
  lookup: Lookup,
  protocol: Entry | undefined,
  origins: Map<string, Entry>,
  findings: Findings,
): Record<string, unknown> | undefined {
  const given = lookup('sasl.mechanism');
  const mechanism = mechanisms[given?.value.toUpperCase() ?? ''];
  const config = lookup('sasl.jaas.config');
  if (mechanism === undefined) {
    const state = given === undefined ? 'is missing, which means GSSAPI' : `is ${quoted(given)} (${given.place})`;
    findings.problems.push(
      `${key(given?.key ?? 'sasl.mechanism')} ${state}, but it must be ${Object.keys(mechanisms).map(key).join(', ')}.`,
    );
  }
  if (config === undefined) {
    findings.problems.push(
      `${key('sasl.jaas.config')} is missing, but ${quote(protocol?.value)} (${protocol?.place ?? ''}) asks for a login.`,
    );
  }
  if (mechanism === undefined || config === undefined) return undefined;
  try {
    const sasl = { mechanism: mechanism.name, ...credentials(parseJaas(config.value), mechanism.module) };
    for (const name of ['mechanism', 'username', 'password']) origins.set(`kafka.sasl.${name}`, config);
    return sasl;
  } catch (error) {
    if (!(error instanceof JaasSyntaxError)) throw error;
    findings.problems.push(`${key(config.key)} (${config.place}) cannot be used: ${error.message}.`);
    return undefined;
  }
}

function credentials({ module, options }: JaasLogin, wanted: RegExp): { username: string; password: string } {
  if (!wanted.test(module)) throw new JaasSyntaxError('its login module is not the one of `sasl.mechanism`');
  const username = options.get('username');
  const password = options.get('password');
  if (username === undefined || password === undefined)
    throw new JaasSyntaxError('it must give username="…" and password="…"');
  return { username, password };
}
