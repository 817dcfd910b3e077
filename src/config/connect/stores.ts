import { describeError } from '../../core/errors.ts';
import type { ReadText } from '../config-providers.ts';
import { type Findings, key } from '../findings.ts';
import { isPem, type PemParts, splitPem } from '../pem.ts';
import { type Entry, quoted } from './entries.ts';

/** Finds a key of the consumer in the files that count for it. */
export type Lookup = (key: string) => Entry | undefined;

/** A PEM and the keys of the file that it came from. */
export interface Store {
  readonly parts: PemParts;
  readonly origin: Entry;
}

interface StoreKeys {
  readonly kind: 'truststore' | 'keystore';
  /** Where the PEM text itself may stand. */
  readonly inline: readonly string[];
}

export function trustStore(lookup: Lookup, readText: ReadText, findings: Findings): Promise<Store | undefined> {
  return readStore({ kind: 'truststore', inline: ['ssl.truststore.certificates'] }, lookup, readText, findings);
}

export function keyStore(lookup: Lookup, readText: ReadText, findings: Findings): Promise<Store | undefined> {
  return readStore(
    { kind: 'keystore', inline: ['ssl.keystore.certificate.chain', 'ssl.keystore.key'] },
    lookup,
    readText,
    findings,
  );
}

async function readStore(
  { kind, inline }: StoreKeys,
  lookup: Lookup,
  readText: ReadText,
  findings: Findings,
): Promise<Store | undefined> {
  const texts = inline.map(lookup).filter((found) => found !== undefined);
  const location = lookup(`ssl.${kind}.location`);
  const [origin = location] = texts;
  if (origin === undefined) return undefined;
  const type = lookup(`ssl.${kind}.type`);
  const text =
    texts.length > 0
      ? texts.map(({ value }) => value).join('\n')
      : await readStoreFile(origin, type, kind, readText, findings);
  if (text === undefined) return undefined;
  const parts = splitPem(text);
  const missing =
    kind === 'truststore'
      ? parts.certificates === undefined
      : parts.certificates === undefined || parts.key === undefined;
  if (missing) {
    const needed =
      kind === 'truststore' ? 'holds no certificate' : 'does not hold both a certificate and a private key';
    findings.problems.push(`${key(origin.key)} (${origin.place}) ${needed} in PEM form.`);
    return undefined;
  }
  return { parts, origin };
}

async function readStoreFile(
  location: Entry,
  type: Entry | undefined,
  kind: StoreKeys['kind'],
  readText: ReadText,
  findings: Findings,
): Promise<string | undefined> {
  const where = `${key(location.key)} is ${quoted(location)} (${location.place})`;
  const java = type === undefined || type.value.toUpperCase() !== 'PEM';
  let text: string;
  try {
    text = await readText(location.value);
  } catch (error) {
    findings.problems.push(`${where}, but that file cannot be read: ${describeError(error)}.`);
    return undefined;
  }
  // Without a type Kafka takes the file for a JKS, but what is PEM can be used all the same.
  if (isPem(text) || !java) return text;
  const typeKey = location.key.replace(/location$/, 'type');
  findings.problems.push(
    `${where}, a ${type?.value ?? 'JKS'} store, which only Java can read; convert it with ${key(conversion(location.value, kind, type))}, then set ${key(location.key)} to the new file and ${key(typeKey)} to PEM.`,
  );
  return undefined;
}

/** The command that makes a PEM file of a store; the newer PKCS12 needs no Java for it. */
function conversion(path: string, kind: StoreKeys['kind'], type: Entry | undefined): string {
  const bare = path.replace(/\.[^./]*$/, '');
  if (kind === 'truststore') return `keytool -list -rfc -keystore ${path} > ${bare}.pem`;
  if (type?.value.toUpperCase() === 'PKCS12') return `openssl pkcs12 -in ${path} -out ${bare}.pem`;
  return `keytool -importkeystore -srckeystore ${path} -destkeystore ${bare}-new.p12 -deststoretype PKCS12 && openssl pkcs12 -in ${bare}-new.p12 -out ${bare}.pem`;
}
