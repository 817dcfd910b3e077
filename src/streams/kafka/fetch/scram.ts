import { Buffer } from 'node:buffer';
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** Who we are, and what the nonce is; a test gives its own. */
export interface ScramOptions {
  readonly hash: 'sha256' | 'sha512';
  readonly username: string;
  readonly password: string;
  readonly nonce?: string;
}

const derive = promisify(pbkdf2);
/** `n,,` in base64: no channel binding. */
const CHANNEL = 'biws';
/** Kafka's brokers refuse to keep fewer, and more than this only wastes our time. */
const MOST_ITERATIONS = 1_000_000;

/**
 * The client's side of SCRAM (RFC 5802), which proves a password without sending it, and that the server knows it too.
 * `send` takes one message to the server and brings its answer.
 */
export async function authenticateWithScram(
  { hash, username, password, nonce = randomBytes(24).toString('base64') }: ScramOptions,
  send: (message: string) => Promise<string>,
): Promise<void> {
  const name = username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const clientFirst = `n=${name},r=${nonce}`;
  const serverFirst = await send(`n,,${clientFirst}`);
  const { r: serverNonce = '', s: salt = '', i: iterations = '' } = attributes(serverFirst);
  const rounds = Number(iterations);
  if (
    !serverNonce.startsWith(nonce) ||
    serverNonce === nonce ||
    salt === '' ||
    !(rounds >= 1 && rounds <= MOST_ITERATIONS)
  ) {
    throw new Error('The broker does not follow SCRAM: it answered with a wrong nonce, salt or count of iterations.');
  }

  const salted = await derive(password, Buffer.from(salt, 'base64'), rounds, SIZES[hash], hash);
  const clientFinal = `c=${CHANNEL},r=${serverNonce}`;
  const transcript = `${clientFirst},${serverFirst},${clientFinal}`;
  const clientKey = sign(hash, salted, 'Client Key');
  const storedKey = createHash(hash).update(clientKey).digest();
  const signature = sign(hash, storedKey, transcript);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  const { v: verifier = '' } = attributes(await send(`${clientFinal},p=${proof.toString('base64')}`));

  const expected = sign(hash, sign(hash, salted, 'Server Key'), transcript);
  const given = Buffer.from(verifier, 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Error('The broker does not know the password that it let us in with: it may be somebody else.');
  }
}

const SIZES = { sha256: 32, sha512: 64 } as const;

function sign(hash: string, key: Buffer, text: string): Buffer {
  return createHmac(hash, key).update(text, 'utf8').digest();
}

/** `r=…,s=…,i=…`; a value may contain `=`. */
function attributes(message: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}
