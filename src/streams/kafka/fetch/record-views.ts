import {
  type KafkaRecord,
  NO_HEADERS,
  type RawValue,
  type RecordList,
  type TopicPartition,
  type ValueBytes,
} from '../../../core/record-batch.ts';
import { type BatchHeader } from './batch-header.ts';
import { NO_PLACES, RecordPlaces } from './record-places.ts';
import { VarintReader } from './varint-reader.ts';

/** The records of one batch as bytes: in the fetched memory itself, or inflated. */
export interface BatchRecords {
  readonly header: BatchHeader;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A batch among the views. */
interface Segment extends BatchRecords {
  /** The index of its first record. */
  readonly first: number;
}

/** A record has at least its length, attributes, two deltas, and the lengths of key, value and headers. */
const LEAST_RECORD_BYTES = 7;

/**
 * The records of a fetch where they lie. For each one it keeps its offset and three places; a value is a view that is
 * made when it is asked for, and so is a record.
 */
export class RecordViews implements RecordList<RawValue>, ValueBytes {
  readonly #from: TopicPartition;
  readonly #segments: Segment[] = [];
  #places: RecordPlaces;
  #length = 0;
  #size = 0;
  #headerless = true;
  #isReleased = false;
  #current: Segment | undefined;
  #currentEnd = 0;

  /**
   * @param fetchOffset Records before it are left out: a fetch brings whole batches.
   * @throws RangeError where a batch is not what its header says.
   */
  constructor(from: TopicPartition, batches: readonly BatchRecords[], fetchOffset: number) {
    this.#from = from;
    let capacity = 0;
    for (const { header, start, end } of batches) {
      if (header.recordCount > (end - start) / LEAST_RECORD_BYTES) {
        throw new RangeError(`a batch of ${end - start} bytes says that it has ${header.recordCount} records`);
      }
      capacity += header.recordCount;
    }
    this.#places = RecordPlaces.take(capacity);
    for (const batch of batches) this.#add(batch, fetchOffset);
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes of all keys and values. */
  get size(): number {
    return this.#size;
  }

  /** Whether nobody needs the memory any more that the records lie in. */
  get isReleased(): boolean {
    return this.#isReleased;
  }

  get headerless(): boolean {
    return this.#headerless;
  }

  get bytes(): ValueBytes {
    return this;
  }

  offset(index: number): number {
    this.#check(index);
    return this.#places.offsets[index] as number;
  }

  value(index: number): RawValue {
    const { bytes } = this.#segmentOf(index);
    const { values, valueEnds } = this.#places;
    const start = values[index] as number;
    return start < 0 ? null : bytes.subarray(start, valueEnds[index]);
  }

  memory(index: number): Uint8Array {
    return this.#segmentOf(index).bytes;
  }

  start(index: number): number {
    return this.#places.values[index] as number;
  }

  end(index: number): number {
    return this.#places.valueEnds[index] as number;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    RecordPlaces.give(this.#places);
    this.#places = NO_PLACES;
    this.#length = 0;
    this.#current = undefined;
  }

  hasHeader(index: number, name: string): boolean {
    if (this.#headerless) return false;
    const { bytes, end } = this.#segmentOf(index);
    // They follow the value.
    const reader = new VarintReader(bytes, this.end(index), end);
    for (let left = reader.int32(); left > 0; left--) {
      const length = reader.int32();
      reader.skip(length);
      const { position } = reader;
      // Most are told apart by their lengths.
      if (length >= name.length && bytes.toString('utf8', position - length, position) === name) return true;
      skipField(reader);
    }
    return false;
  }

  record(index: number): KafkaRecord<RawValue> {
    const { bytes, end, header } = this.#segmentOf(index);
    const reader = new VarintReader(bytes, this.#places.records[index] as number, end);
    reader.skip(1);
    const timestamp = header.baseTimestamp + reader.int64();
    reader.int32();
    const key = field(bytes, reader);
    const value = field(bytes, reader);
    return {
      topic: this.#from.topic,
      partition: this.#from.partition,
      offset: this.#places.offsets[index] as number,
      timestamp: header.appendedAt ?? timestamp,
      key,
      value,
      headers: this.#headerless ? NO_HEADERS : headers(bytes, reader),
    };
  }

  /** Notes where the records of a batch lie, and sees to it that each one ends where it says. */
  #add(batch: BatchRecords, fetchOffset: number): void {
    const { header, bytes, start, end } = batch;
    const { baseOffset, nextOffset, recordCount } = header;
    const { offsets, records, values, valueEnds } = this.#places;
    const first = this.#length;
    const reader = new VarintReader(bytes, start, end);
    let previous = -1;
    for (let record = 0; record < recordCount; record++) {
      reader.limit = end;
      const length = reader.int32();
      const place = reader.position;
      reader.skip(length);
      const recordEnd = reader.position;
      reader.position = place;
      reader.limit = recordEnd;
      reader.skip(1);
      reader.int64();
      const delta = reader.int32();
      const offset = baseOffset + delta;
      if (delta <= previous || offset >= nextOffset) throw new RangeError(`a record says that it has offset ${offset}`);
      previous = delta;
      const keyLength = skipField(reader);
      const valueLength = skipField(reader);
      const valueEnd = reader.position;
      if (skipHeaders(reader) > 0) this.#headerless = false;
      if (reader.position !== recordEnd)
        throw new RangeError(`the record at offset ${offset} is longer than its fields`);
      if (offset < fetchOffset) continue;
      const index = this.#length++;
      offsets[index] = offset;
      records[index] = place;
      values[index] = valueLength < 0 ? -1 : valueEnd - valueLength;
      valueEnds[index] = valueEnd;
      this.#size += Math.max(0, keyLength) + Math.max(0, valueLength);
    }
    if (reader.position !== end) throw new RangeError('a batch is longer than its records');
    if (this.#length > first) this.#segments.push({ ...batch, first });
  }

  #check(index: number): void {
    if (!(index >= 0 && index < this.#length)) throw new RangeError(`No record at index ${index} of ${this.#length}`);
  }

  #segmentOf(index: number): Segment {
    const current = this.#current;
    if (current !== undefined && index >= current.first && index < this.#currentEnd) return current;
    this.#check(index);
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#segments[middle] as Segment).first <= index) low = middle;
      else high = middle - 1;
    }
    const found = this.#segments[low] as Segment;
    this.#current = found;
    this.#currentEnd = this.#segments[low + 1]?.first ?? this.#length;
    return found;
  }
}

/** @returns the length of the field that it went past; -1 for null. */
function skipField(reader: VarintReader): number {
  const length = reader.int32();
  if (length === -1) return -1;
  reader.skip(length);
  return length;
}

/** @returns how many there are. */
function skipHeaders(reader: VarintReader): number {
  const count = reader.int32();
  if (count < 0) throw new RangeError(`a record says that it has ${count} headers`);
  for (let header = 0; header < count; header++) {
    reader.skip(reader.int32());
    skipField(reader);
  }
  return count;
}

function field(bytes: Buffer, reader: VarintReader): Buffer | null {
  const length = skipField(reader);
  return length < 0 ? null : bytes.subarray(reader.position - length, reader.position);
}

type HeaderValue = Buffer | null;

/** A name that stands there more than once has all its values, in their order. */
function headers(bytes: Buffer, reader: VarintReader): KafkaRecord['headers'] {
  const count = reader.int32();
  if (count === 0) return NO_HEADERS;
  const found = new Map<string, HeaderValue | HeaderValue[]>();
  for (let header = 0; header < count; header++) {
    const length = reader.int32();
    const start = reader.position;
    reader.skip(length);
    const name = bytes.toString('utf8', start, reader.position);
    const value = field(bytes, reader);
    const before = found.get(name);
    if (before === undefined) found.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else found.set(name, [before, value]);
  }
  return Object.fromEntries(found);
}
