import { map, type OperatorFunction } from 'rxjs';
import { putFailure } from '../core/dead-letter.ts';
import { type EncodedBatch, offsetsIn } from '../core/encoded-batch.ts';
import { describeError, RecordError } from '../core/errors.ts';
import {
  type DeadLetter,
  type RawValue,
  type RecordBatch,
  type RecordList,
  recordAt,
  type ValueBytes,
  withoutOffsets,
} from '../core/record-batch.ts';
import { jsonFailure, parseJson } from './decode/decode-json.ts';

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
 * A record whose value is not an object goes into the `failed` of an envelope that has one.
 *
 * @throws RecordError in the stream, for the first such record of an envelope that has none.
 */
export function encodeJson({ keepSource = false }: EncodeOptions = {}): OperatorFunction<RecordBatch, EncodedBatch> {
  return map((batch) => {
    const { failed, source } = batch;
    if (failed === undefined || source === undefined) return released(encode(batch), batch);
    const kept = keepSource ? { source } : {};
    try {
      const encoded = encode(batch);
      // Dead letters are views of the fetched memory.
      return { ...(keepSource || failed.length > 0 ? encoded : released(encoded, batch)), failed, ...kept };
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      const letters = badRecords(batch, source);
      const good = withoutOffsets(batch.records, letters);
      return { ...encode({ ...batch, records: good }), failed: [...failed, ...letters.values()], ...kept };
    }
  });
}

/** What stays with the rows. */
export interface EncodeOptions {
  /**
   * Keep the records as they were fetched, for the dead letters of rows that StarRocks will refuse. They take as much
   * memory again as the rows, until these are loaded. Default false.
   */
  readonly keepSource?: boolean;
}

function encode(batch: RecordBatch): EncodedBatch {
  const { bytes } = batch.records;
  return bytes === undefined ? write(batch) : copy(batch, bytes);
}

/** Everything of the envelope that is needed has been copied. */
function released(encoded: EncodedBatch, { records }: RecordBatch): EncodedBatch {
  records.bytes?.release();
  return encoded;
}

/** The fast path: no object for a record, and none that outlives its copy for a value. */
function copy(batch: RecordBatch, values: ValueBytes): EncodedBatch {
  const { length } = batch.records;
  let rows = 0;
  let size = 0;
  for (let index = 0; index < length; index++) {
    const start = values.start(index);
    if (start < 0) continue;
    rows++;
    size += values.end(index) - start + 1;
  }
  const body = allocate(size);
  const rowEnds = new Uint32Array(rows);
  let row = 0;
  let position = 0;
  for (let index = 0; index < length; index++) {
    const start = values.start(index);
    if (start < 0) continue;
    const end = values.end(index);
    const memory = values.memory(index);
    if (!isObject(memory, start, end)) throw notAnObject(batch, index);
    // Half as dear as `subarray`.
    body.set(new Uint8Array(memory.buffer, memory.byteOffset + start, end - start), position);
    position += end - start;
    rowEnds[row++] = position;
    body[position++] = COMMA;
  }
  return encoded(batch, body, rowEnds);
}

function write(batch: RecordBatch): EncodedBatch {
  const { records } = batch;
  const { length } = records;
  // What an operator made is written to bytes first; bytes as fetched are copied from where they lie.
  const made: (Uint8Array | undefined)[] = [];
  let rows = 0;
  let size = 0;
  for (let index = 0; index < length; index++) {
    const value = records.value(index);
    if (value === null) continue;
    rows++;
    if (value instanceof Uint8Array) {
      size += value.length + 1;
    } else {
      const bytes = stringify(value, batch, index);
      made[index] = bytes;
      size += bytes.length + 1;
    }
  }

  const body = allocate(size);
  const rowEnds = new Uint32Array(rows);
  let row = 0;
  let position = 0;
  for (let index = 0; index < length; index++) {
    const value = records.value(index);
    if (value === null) continue;
    const bytes = value instanceof Uint8Array ? value : (made[index] as Uint8Array);
    if (!isObject(bytes)) throw notAnObject(batch, index);
    body.set(bytes, position);
    position += bytes.length;
    rowEnds[row++] = position;
    body[position++] = COMMA;
  }
  return encoded(batch, body, rowEnds);
}

function encoded(batch: RecordBatch, body: Uint8Array, rowEnds: Uint32Array): EncodedBatch {
  const rows = rowEnds.length;
  return {
    topic: batch.topic,
    partition: batch.partition,
    generation: batch.generation,
    firstOffset: batch.firstOffset,
    nextOffset: batch.nextOffset,
    bytes: batch.bytes,
    rows,
    body,
    rowEnds,
    rowOffset: rowOffsets(batch, rows),
  };
}

/** Never from Node's shared pool: a body lives as long as its load and would keep the pool's other buffers alive. */
function allocate(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size);
}

/** What is wrong with the records that cannot be encoded, by their offsets; the first fault of each record. */
function badRecords(batch: RecordBatch, source: RecordList<RawValue>): Map<number, DeadLetter> {
  const { records } = batch;
  const letters = new Map<number, DeadLetter>();
  for (let index = 0; index < records.length; index++) {
    const offset = records.offset(index);
    if (letters.has(offset)) continue;
    const error = faultOf(batch, index);
    if (error !== undefined) letters.set(offset, deadLetter(source, error));
  }
  return letters;
}

function faultOf(batch: RecordBatch, index: number): RecordError | undefined {
  const value = batch.records.value(index);
  if (value === null) return undefined;
  try {
    const bytes = value instanceof Uint8Array ? value : stringify(value, batch, index);
    return isObject(bytes) ? undefined : notAnObject(batch, index);
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
}

/** What is no JSON at all fails in Kafka Connect's converter; JSON that is not an object only in the sink. */
function deadLetter(source: RecordList<RawValue>, error: RecordError): DeadLetter {
  const record = recordAt({ source }, error.offset);
  // An operator gave the record another offset: without the original, setting it apart would lose it.
  if (record === undefined) throw error;
  try {
    parseJson(record);
  } catch (notJson) {
    if (notJson instanceof RecordError) return jsonFailure(record, notJson);
    throw notJson;
  }
  return putFailure(record, error);
}

function stringify(value: unknown, batch: RecordBatch, index: number): Uint8Array {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return Buffer.from(text, 'utf8');
  } catch (error) {
    const { topic, partition, records } = batch;
    const record = { topic, partition, offset: records.offset(index) };
    throw new RecordError(record, `its value cannot be written as JSON: ${describeError(error)}`, { cause: error });
  }
  // undefined and functions have no text at all.
  throw notAnObject(batch, index);
}

function isObject(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  let first = start;
  let last = end - 1;
  while (first <= last && isSpace(bytes[first] as number)) first++;
  while (last > first && isSpace(bytes[last] as number)) last--;
  return last > first && bytes[first] === OPEN_BRACE && bytes[last] === CLOSE_BRACE;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function notAnObject(batch: RecordBatch, index: number): RecordError {
  const { topic, partition, records } = batch;
  const value = records.value(index);
  const text =
    value instanceof Uint8Array ? Buffer.from(value.subarray(0, 60)).toString('utf8') : String(value).slice(0, 60);
  const seen = text === '' ? 'it is empty' : `it starts with ${JSON.stringify(text)}`;
  return new RecordError(
    { topic, partition, offset: records.offset(index) },
    `its value is not a JSON object: ${seen}`,
  );
}

/**
 * The offset of each row. What is returned must not keep the envelope alive, and the fetched memory behind it, so the
 * closures are made where they can see nothing else.
 */
function rowOffsets({ records }: RecordBatch, rows: number): (row: number) => number {
  const { length } = records;
  if (length === 0) return offsetsFrom(0);
  const first = records.offset(0);
  if (rows === length && records.offset(length - 1) - first === length - 1) return offsetsFrom(first);
  const offsets = new Float64Array(rows);
  let row = 0;
  for (let index = 0; index < length; index++) {
    if (records.value(index) !== null) offsets[row++] = records.offset(index);
  }
  return offsetsIn(offsets);
}

function offsetsFrom(first: number): (row: number) => number {
  return (row) => first + row;
}
