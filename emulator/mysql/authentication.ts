import { createHash, randomBytes } from 'node:crypto';

/** 20 bytes without zeros, which end the text that they travel in. */
export function newScramble(): Buffer {
  return Buffer.from(randomBytes(20).map((byte) => (byte % 127) + 1));
}

/** Checks a mysql_native_password reply: SHA1(password) XOR SHA1(scramble + SHA1(SHA1(password))). */
export function verifyNativePassword(password: string, scramble: Buffer, reply: Buffer): boolean {
  if (password === '') return reply.length === 0;
  if (reply.length !== 20) return false;
  const once = sha1(Buffer.from(password));
  const mask = sha1(Buffer.concat([scramble, sha1(once)]));
  return reply.every((byte, index) => (byte ^ (mask[index] ?? 0)) === once[index]);
}

function sha1(bytes: Buffer): Buffer {
  return createHash('sha1').update(bytes).digest();
}
