import { describeError } from '../../core/errors.ts';
import type { ReadText } from '../config-providers.ts';
import { type Findings, key, quote } from '../findings.ts';
import { parseProperties } from '../properties-file.ts';
import {
  defaultListener,
  type HeaderRule,
  highestPort,
  type Listener,
  type ListenerTls,
  parseListener,
  type RestSettings,
} from '../rest-settings.ts';
import { type ConnectFile, type Entry, list, quoted } from './entries.ts';
import { defaultMethods } from './rest-keys.ts';
import { keyStore, type Lookup, trustStore } from './stores.ts';

const basicAuth = 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension';
const usersFile = 'rest.basic.auth.users.file';

/** Reads how the worker serves its REST API. What cannot be used is a problem, and left out of the result. */
export async function readRestSettings(
  worker: ConnectFile,
  readText: ReadText,
  findings: Findings,
): Promise<RestSettings> {
  const read = new Reader(worker, findings);
  const listeners = read.listeners('listeners') ?? read.parseListeners(undefined, defaultListener);
  const adminListeners = read.listeners('admin.listeners');
  const secure = [...listeners, ...(adminListeners ?? [])].some(({ scheme }) => scheme === 'https');
  const host = worker.entries.get('rest.advertised.host.name')?.value ?? '';
  const port = read.port('rest.advertised.port');
  const scheme = read.choice('rest.advertised.listener', ['http', 'https']);
  return {
    origin: 'worker file',
    listeners,
    adminListeners,
    tls: secure ? await readTls(worker, read, readText, findings) : undefined,
    users: await readUsers(worker, readText, findings),
    advertised: { ...(host !== '' && { host }), ...(port !== undefined && { port }), ...(scheme && { scheme }) },
    allowOrigins: list(worker.entries.get('access.control.allow.origin')?.value ?? ''),
    allowMethods: list(worker.entries.get('access.control.allow.methods')?.value || defaultMethods),
    headers: read.headers('response.http.headers.config'),
    topicTracking: read.flag('topic.tracking.enable', true),
    topicTrackingReset: read.flag('topic.tracking.allow.reset', true),
  };
}

/** Reads single values, and says what is wrong with them. */
class Reader {
  readonly #worker: ConnectFile;
  readonly #findings: Findings;

  constructor(worker: ConnectFile, findings: Findings) {
    this.#worker = worker;
    this.#findings = findings;
  }

  listeners(name: string): Listener[] | undefined {
    const found = this.#worker.entries.get(name);
    return found && this.parseListeners(found, found.value);
  }

  parseListeners(found: Entry | undefined, value: string): Listener[] {
    return list(value).flatMap((address) => {
      const listener = parseListener(address);
      if (listener !== undefined) return [listener];
      this.#refuse(found, `it must be a list of addresses such as ${key(defaultListener)}`);
      return [];
    });
  }

  port(name: string): number | undefined {
    const found = this.#worker.entries.get(name);
    if (found === undefined || found.value === '') return undefined;
    if (/^\d{1,5}$/.test(found.value) && Number(found.value) <= highestPort) return Number(found.value);
    this.#refuse(found, `it must be a whole number from 0 to ${highestPort}`);
    return undefined;
  }

  choice<const T extends string>(name: string, values: readonly T[]): T | undefined {
    const found = this.#worker.entries.get(name);
    if (found === undefined || found.value === '') return undefined;
    const chosen = values.find((value) => value === found.value.toLowerCase());
    if (chosen === undefined) this.#refuse(found, `it must be ${values.map(key).join(' or ')}`);
    return chosen;
  }

  flag(name: string, fallback: boolean): boolean {
    const found = this.#worker.entries.get(name);
    if (found === undefined) return fallback;
    const value = found.value.toLowerCase();
    if (value !== 'true' && value !== 'false') this.#refuse(found, 'it must be true or false');
    return value === 'true';
  }

  headers(name: string): HeaderRule[] {
    const found = this.#worker.entries.get(name);
    if (found === undefined) return [];
    const rules = found.value.match(/"[^"]*"|[^,"]+/g) ?? [];
    return rules.flatMap((rule) => {
      const text = rule.replaceAll('"', '').trim();
      if (text === '') return [];
      const [, action, header, value = ''] =
        /^(set|add|setDate|addDate)\s+([\w!#$%&'*+.^`|~-]+)\s*:\s*(.*)$/.exec(text) ?? [];
      const known = (['set', 'add', 'setDate', 'addDate'] as const).find((one) => one === action);
      if (known === undefined || header === undefined) {
        this.#refuse(found, `each of its headers must be written as ${key('set|add|setDate|addDate Name: value')}`);
        return [];
      }
      return [{ action: known, name: header, value }];
    });
  }

  #refuse(found: Entry | undefined, why: string): void {
    if (found) this.#findings.problems.push(`${key(found.key)} is ${quoted(found)} (${found.place}), but ${why}.`);
  }
}

/** As in Kafka Connect, one key with the prefix is enough for those without it not to count. */
function tlsLookup({ entries }: ConnectFile): Lookup {
  const prefix = 'listeners.https.';
  const own = [...entries.keys()].some((name) => name.startsWith(`${prefix}ssl.`));
  return (name) => entries.get(own ? prefix + name : name);
}

async function readTls(
  worker: ConnectFile,
  read: Reader,
  readText: ReadText,
  findings: Findings,
): Promise<ListenerTls | undefined> {
  const lookup = tlsLookup(worker);
  const before = findings.problems.length;
  const own = await keyStore(lookup, readText, findings);
  const trust = await trustStore(lookup, readText, findings);
  const auth = lookup('ssl.client.auth');
  const clientAuth = (auth && read.choice(auth.key, ['none', 'requested', 'required'])) ?? 'none';
  if (own?.parts.certificates !== undefined && own.parts.key !== undefined) {
    return {
      cert: own.parts.certificates,
      key: own.parts.key,
      passphrase: lookup('ssl.key.password')?.value,
      ca: trust?.parts.certificates,
      clientAuth,
    };
  }
  if (findings.problems.length === before) {
    findings.problems.push(
      `${key('listeners.https.ssl.keystore.location')} is missing in ${worker.file}: an https listener needs a PEM file with its certificate and key.`,
    );
  }
  return undefined;
}

async function readUsers(
  { file, entries }: ConnectFile,
  readText: ReadText,
  findings: Findings,
): Promise<ReadonlyMap<string, string> | undefined> {
  const extensions = entries.get('rest.extension.classes');
  const classes = list(extensions?.value ?? '');
  const isBasicAuth = (name: string): boolean => name === basicAuth || basicAuth.endsWith(`.${name}`);
  for (const name of classes) {
    if (isBasicAuth(name)) continue;
    // It may be what keeps strangers out.
    findings.problems.push(
      `${key('rest.extension.classes')} is ${quote(name)} (${extensions?.place ?? file}), a Java class that cannot be loaded; only ${key(basicAuth)} is known.`,
    );
  }
  const path = entries.get(usersFile);
  if (path === undefined) {
    if (classes.some(isBasicAuth)) {
      findings.problems.push(
        `${key(usersFile)} is missing in ${file}: name the file of ${key('user=password')} lines there that Java's login configuration names for ${key('rest.extension.classes')}.`,
      );
    }
    return undefined;
  }
  const where = `${key(usersFile)} is ${quoted(path)} (${path.place})`;
  try {
    const users = new Map(parseProperties(await readText(path.value)).map(({ key: user, value }) => [user, value]));
    if (users.size > 0) return users;
    findings.problems.push(`${where}, but that file names no user.`);
  } catch (error) {
    findings.problems.push(`${where}, but that file cannot be read: ${describeError(error)}.`);
  }
  return undefined;
}
