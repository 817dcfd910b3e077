import { Buffer } from 'node:buffer';
import { type EncodedBatch } from '../../src/core/encoded-batch.ts';
import { type KafkaRecord, type RecordBatch, recordList } from '../../src/core/record-batch.ts';
import { JSON_ROWS } from '../../src/core/row-format.ts';

/** Where a made-up envelope comes from; everything has a default. */
export interface Origin {
  readonly topic?: string;
  readonly partition?: number;
  readonly generation?: number;
  readonly firstOffset?: number;
  /** The offsets of the records, when there are gaps. */
  readonly offsets?: readonly number[];
  readonly nextOffset?: number;
  readonly bytes?: number;
}

export function recordOf<V>(value: V, offset = 0, { topic = 'orders', partition = 0 }: Origin = {}): KafkaRecord<V> {
  return { topic, partition, offset, timestamp: 1_700_000_000_000, key: null, value, headers: {} };
}

/** An envelope of these values. */
export function batchOf<V>(values: readonly V[], origin: Origin = {}): RecordBatch<V> {
  const { topic = 'orders', partition = 0, generation = 1, firstOffset = origin.offsets?.[0] ?? 0 } = origin;
  const offsets = origin.offsets ?? values.map((_, index) => firstOffset + index);
  return {
    topic,
    partition,
    generation,
    firstOffset,
    nextOffset: origin.nextOffset ?? (offsets.at(-1) ?? firstOffset) + 1,
    bytes: origin.bytes ?? values.length,
    records: recordList(values.map((value, index) => recordOf(value, offsets[index] ?? 0, { topic, partition }))),
  };
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** The values of an envelope. */
export function valuesOf<V>({ records }: RecordBatch<V>): V[] {
  return Array.from({ length: records.length }, (_, index) => records.value(index));
}

/** An encoded envelope, one row for each text. */
export function encodedBatch(rows: readonly string[], origin: Origin = {}): EncodedBatch {
  const { topic = 'orders', partition = 0, generation = 1, firstOffset = 0 } = origin;
  const body = Buffer.from(rows.map((row) => `${row},`).join(''), 'utf8');
  const rowEnds = new Uint32Array(rows.length);
  let end = -1;
  rows.forEach((row, index) => {
    end += Buffer.byteLength(row) + 1;
    rowEnds[index] = end;
  });
  return {
    topic,
    partition,
    generation,
    firstOffset,
    nextOffset: origin.nextOffset ?? firstOffset + rows.length,
    bytes: origin.bytes ?? body.length,
    rows: rows.length,
    body,
    format: JSON_ROWS,
    rowEnds,
    rowOffset: (row) => firstOffset + row,
  };
}
