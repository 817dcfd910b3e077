import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import * as der from './der.ts';

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60_000;
const LIFETIME_MS = 3650 * DAY_MS;
const ECDSA_WITH_SHA256 = der.sequence(der.objectIdentifier('1.2.840.10045.4.3.2'));
const COMMON_NAME = der.objectIdentifier('2.5.4.3');
const BASIC_CONSTRAINTS = der.objectIdentifier('2.5.29.19');
const SUBJECT_ALT_NAME = der.objectIdentifier('2.5.29.17');

/**
 * Certificates for tests, made without a tool: Node cannot make them, keytool takes half a second for each and keeps
 * the key to itself, and openssl isn't on every machine.
 */
export class CertificateAuthority {
  readonly #name: string;
  readonly #own: Certificate;

  constructor(name: string) {
    this.#name = name;
    const keys = generateKeys();
    const extensions = extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(true)), { critical: true });
    this.#own = issue({ subject: name, issuer: name, keys, signer: keys.privateKey, extensions });
  }

  /** What a client has to trust. */
  get cert(): string {
    return this.#own.cert;
  }

  /** For a server that is reached by these names and addresses. */
  issueServer(
    subject: string,
    hosts: { readonly names: readonly string[]; readonly ipv4: readonly string[] },
  ): Certificate {
    const names = hosts.names.map((name) => der.tagged(0x82, Buffer.from(name)));
    const addresses = hosts.ipv4.map((address) => der.tagged(0x87, Buffer.from(address.split('.').map(Number))));
    return this.#issue(subject, extension(SUBJECT_ALT_NAME, der.sequence(...names, ...addresses)));
  }

  issueClient(subject: string): Certificate {
    return this.#issue(subject, extension(BASIC_CONSTRAINTS, der.sequence()));
  }

  #issue(subject: string, extensions: Buffer): Certificate {
    const signer = createPrivateKey(this.#own.key);
    return issue({ subject, issuer: this.#name, keys: generateKeys(), signer, extensions });
  }
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Request {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: KeyPair;
  readonly signer: KeyObject;
  readonly extensions: Buffer;
}

function issue({ subject, issuer, keys, signer, extensions }: Request): Certificate {
  // A day back, for a clock that is behind.
  const from = Date.now() - DAY_MS;
  const unsigned = der.sequence(
    der.explicit(0, der.integer(Buffer.of(2))),
    der.integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer),
    der.sequence(der.time(new Date(from)), der.time(new Date(from + LIFETIME_MS))),
    distinguishedName(subject),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(extensions)),
  );
  const signature = sign('sha256', unsigned, signer);
  const certificate = der.sequence(unsigned, ECDSA_WITH_SHA256, der.bitString(signature));
  return {
    cert: pem('CERTIFICATE', certificate),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function generateKeys(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function distinguishedName(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(COMMON_NAME, der.utf8String(commonName))));
}

function extension(id: Buffer, value: Buffer, { critical } = { critical: false }): Buffer {
  return der.sequence(id, ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
