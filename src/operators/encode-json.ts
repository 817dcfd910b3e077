import { map, type OperatorFunction } from 'rxjs';
import { type EncodedBatch } from '../core/encoded-batch.ts';
import { RecordError } from '../core/errors.ts';
import { type RecordBatch } from '../core/record-batch.ts';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const COMMA = 0x2c;

/**
 * Turns envelopes into the bytes of a load body: the elements of a JSON array, each followed by a comma.
 *
 * A value that is still bytes is copied as it is: it was never parsed, so its numbers stay digit for digit. Only its
 * first and last character are looked at, because a value that is not an object would otherwise become part of its
 * neighbour. A value that an operator made is written with JSON.stringify. Null values (tombstones) make no row.
 *
 * @throws RecordError in the stream, for a value that is not an object.
 */
export function encodeJson(): OperatorFunction<RecordBatch, EncodedBatch> {
  return map((batch) => {
    const { records } = batch;
    const parts: Uint8Array[] = [];
    const sources: number[] = [];
    let length = 0;
    for (let index = 0; index < records.length; index++) {
      const value = records.value(index);
      if (value === null) continue;
      const bytes = value instanceof Uint8Array ? value : stringify(value, batch, index);
      parts.push(bytes);
      sources.push(index);
      length += bytes.length + 1;
    }

    // Never from Node's shared pool: a body lives as long as its load and would keep the pool's other buffers alive.
    const body = Buffer.allocUnsafeSlow(length);
    const rowEnds = new Uint32Array(parts.length);
    let position = 0;
    for (let row = 0; row < parts.length; row++) {
      const bytes = parts[row] as Uint8Array;
      body.set(bytes, position);
      const start = position;
      position += bytes.length;
      if (!isObject(body, start, position)) throw notAnObject(batch, sources[row] as number);
      rowEnds[row] = position;
      body[position++] = COMMA;
    }
    return {
      topic: batch.topic,
      partition: batch.partition,
      generation: batch.generation,
      firstOffset: batch.firstOffset,
      nextOffset: batch.nextOffset,
      bytes: batch.bytes,
      rows: parts.length,
      body,
      rowEnds,
      rowOffset: rowOffsets(batch, sources),
    };
  });
}

function stringify(value: unknown, batch: RecordBatch, index: number): Uint8Array {
  // What cannot be written as JSON (undefined, a function) has no text at all.
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw notAnObject(batch, index);
  return Buffer.from(text, 'utf8');
}

function isObject(body: Uint8Array, from: number, to: number): boolean {
  let first = from;
  let last = to - 1;
  while (first < to && isSpace(body[first] as number)) first++;
  while (last > first && isSpace(body[last] as number)) last--;
  return body[first] === OPEN_BRACE && body[last] === CLOSE_BRACE && last > first;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function notAnObject(batch: RecordBatch, index: number): RecordError {
  const { topic, partition, records } = batch;
  const value = records.value(index);
  const text = value instanceof Uint8Array ? Buffer.from(value.subarray(0, 60)).toString('utf8') : String(value).slice(0, 60);
  const seen = text === '' ? 'it is empty' : `it starts with ${JSON.stringify(text)}`;
  return new RecordError({ topic, partition, offset: records.offset(index) }, `its value is not a JSON object: ${seen}`);
}

/** The offsets of the rows, without keeping the envelope (and the fetched memory behind it) alive. */
function rowOffsets(batch: RecordBatch, sources: readonly number[]): (row: number) => number {
  const { records, firstOffset } = batch;
  const contiguous =
    sources.length === records.length &&
    records.length > 0 &&
    records.offset(records.length - 1) - records.offset(0) === records.length - 1;
  if (contiguous) {
    const first = records.offset(0);
    return (row) => first + row;
  }
  const offsets = Float64Array.from(sources, (index) => records.offset(index));
  return (row) => offsets[row] ?? firstOffset;
}
