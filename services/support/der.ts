/** The few ASN.1 types that a certificate is made of, in their DER encoding. */

export function sequence(...items: readonly Buffer[]): Buffer {
  return tagged(0x30, ...items);
}

export function set(...items: readonly Buffer[]): Buffer {
  return tagged(0x31, ...items);
}

export function explicit(tag: number, ...items: readonly Buffer[]): Buffer {
  return tagged(0xa0 | tag, ...items);
}

/** An unsigned integer, most significant byte first. */
export function integer(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? Buffer.of(0) : bytes.subarray(start);
  // A leading bit would make it negative.
  return (digits[0] ?? 0) >= 0x80 ? tagged(0x02, Buffer.of(0), digits) : tagged(0x02, digits);
}

export function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.of(0), bytes);
}

export function octetString(bytes: Buffer): Buffer {
  return tagged(0x04, bytes);
}

export function utf8String(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

/** UTCTime ends in 2049; GeneralizedTime is for the years after. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : tagged(0x18, Buffer.from(`${digits}Z`));
}

export function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.of(value ? 0xff : 0));
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...arcs.flatMap(base128)]));
}

export function tagged(tag: number, ...items: readonly Buffer[]): Buffer {
  const content = Buffer.concat(items);
  return Buffer.concat([Buffer.of(tag), lengthOf(content), content]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}
