/** A 64-bit number; beyond 2^53 the nearest one, which `Number.isSafeInteger` tells. */
export function readInt64(bytes: Buffer, position: number): number {
  return bytes.readInt32BE(position) * 2 ** 32 + bytes.readUInt32BE(position + 4);
}
