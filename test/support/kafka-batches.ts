import { Buffer } from 'node:buffer';

/** A record as a producer writes it; what is missing is null, empty or 0. */
export interface WrittenRecord {
  readonly key?: string | null;
  readonly value?: string | Buffer | null;
  readonly headers?: readonly (readonly [name: string, value: string | null])[];
  /** Milliseconds after the first record of the batch. */
  readonly timestampDelta?: number;
  /** Counted from the first offset of the batch; by default each follows the one before. */
  readonly offsetDelta?: number;
}

/** A batch as a broker keeps it. */
export interface WrittenBatch {
  readonly baseOffset?: number;
  readonly baseTimestamp?: number;
  readonly maxTimestamp?: number;
  /** Bits of the batch: its codec, whose time counts, whether it belongs to a transaction, whether it is control. */
  readonly attributes?: number;
  readonly producerId?: bigint;
  readonly lastOffsetDelta?: number;
  readonly recordCount?: number;
  /** Makes of the records what stands in the batch. */
  readonly compress?: (records: Buffer) => Buffer;
}

export const TRANSACTIONAL = 0x10;
export const CONTROL = 0x20;
export const APPEND_TIME = 0x08;

/** The bytes of a batch of records, format 2. Its checksum is 0. */
export function batchBytes(records: readonly WrittenRecord[], batch: WrittenBatch = {}): Buffer {
  const written = Buffer.concat(records.map((record, index) => recordBytes({ offsetDelta: index, ...record })));
  const body = batch.compress ? batch.compress(written) : written;
  const last = records.at(-1)?.offsetDelta ?? records.length - 1;
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(batch.baseOffset ?? 0), 0);
  head.writeInt32BE(49 + body.length, 8);
  head.writeInt32BE(3, 12);
  head.writeInt8(2, 16);
  head.writeInt16BE(batch.attributes ?? 0, 21);
  head.writeInt32BE(batch.lastOffsetDelta ?? Math.max(0, last), 23);
  head.writeBigInt64BE(BigInt(batch.baseTimestamp ?? 1_700_000_000_000), 27);
  head.writeBigInt64BE(BigInt(batch.maxTimestamp ?? 1_700_000_000_999), 35);
  head.writeBigInt64BE(batch.producerId ?? -1n, 43);
  head.writeInt32BE(batch.recordCount ?? records.length, 57);
  return Buffer.concat([head, body]);
}

/** The end of a transaction. */
export function markerBytes(end: 'commit' | 'abort', baseOffset: number, producerId: bigint): Buffer {
  const key = String.fromCharCode(0, 0, 0, end === 'abort' ? 0 : 1);
  return batchBytes([{ key, value: 'coordinator' }], {
    baseOffset,
    producerId,
    attributes: TRANSACTIONAL | CONTROL,
  });
}

/** A varint whose lowest bit is the sign. */
export function varint(value: number | bigint): Buffer {
  return unsignedVarint(BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n)));
}

/** Seven bits a byte. */
export function unsignedVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 0x80n) return Buffer.from([...bytes, low]);
    bytes.push(low | 0x80);
  }
}

function recordBytes({ key, value, headers = [], timestampDelta = 0, offsetDelta = 0 }: WrittenRecord): Buffer {
  const fields = Buffer.concat([
    Buffer.alloc(1),
    varint(timestampDelta),
    varint(offsetDelta),
    field(key),
    field(value),
    varint(headers.length),
    ...headers.flatMap(([name, text]) => [field(name), field(text)]),
  ]);
  return Buffer.concat([varint(fields.length), fields]);
}

function field(content: string | Buffer | null | undefined): Buffer {
  if (content === null || content === undefined) return varint(-1);
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(bytes.length), bytes]);
}
