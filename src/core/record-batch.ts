/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** One Kafka record. Made only for operators that ask for one; the fast path never does. */
export interface KafkaRecord<V = unknown> extends TopicPartition {
  readonly offset: number;
  /** Milliseconds since the epoch; -1 when the producer gave none. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  /** Bytes (or null, a tombstone) as fetched; what a decode or transform operator made of them after it. */
  readonly value: V;
  readonly headers: Readonly<Record<string, unknown>>;
  /**
   * The table that its row goes into, as `table` or `database.table`.
   *
   * @default the table of the record's topic
   */
  readonly table?: string | undefined;
}

/** What most records have: one for all of them. */
export const NO_HEADERS: KafkaRecord['headers'] = Object.freeze({});

/** The records of an envelope, by index. What backs them is the source's business. */
export interface RecordList<V = unknown> {
  readonly length: number;
  /** Where the values lie, as long as they are bytes as fetched: for who copies them and needs no view of each. */
  readonly bytes?: ValueBytes;
  /** Whether it is known that no record has headers, so that nobody has to make a record to see it. */
  readonly headerless?: boolean;
  /** Whether a record has a header of this name, without making the record. Missing where records are made anyway. */
  hasHeader?(index: number, name: string): boolean;
  /** The table that a record names; missing where no record names one. A list that is made of another one keeps it. */
  readonly table?: (index: number) => string | undefined;
  offset(index: number): number;
  value(index: number): V;
  record(index: number): KafkaRecord<V>;
}

/** Where the values of a record list lie. An index beyond its end is the caller's mistake. */
export interface ValueBytes {
  /** The memory with the value of a record. Many share one. */
  memory(index: number): Uint8Array;
  /** Where the value begins in it; -1 for null. */
  start(index: number): number;
  end(index: number): number;
  /**
   * Gives the memory back, so that the next fetch need not take new memory: for who has copied all that is needed and
   * knows that nobody else looks at the list. It is empty afterwards. Nobody has to: what is not given back is collected.
   */
  release(): void;
}

/**
 * The envelope: what one fetch brought for one partition. It is the unit that travels through a pipeline, and it always
 * reaches the end, even when a filter emptied it, so that its offsets are acknowledged and its credits come back.
 *
 * Offsets are plain numbers: safe integers up to 2^53, which no topic reaches; the source refuses larger ones.
 */
export interface RecordBatch<V = unknown> extends TopicPartition {
  /** Counts the assignments of this process; an envelope of an older generation is stale. */
  readonly generation: number;
  readonly firstOffset: number;
  /** The offset after the last one that this envelope covers, control records and compaction gaps included. */
  readonly nextOffset: number;
  /** Bytes of memory that it holds: what its credits are counted in. */
  readonly bytes: number;
  readonly records: RecordList<V>;
  /**
   * The records that failed so far; they are not in `records` any more. Where it is missing, bad records are not set
   * apart: the first one is an error of the stream.
   */
  readonly failed?: readonly DeadLetter[];
  /** The records as they were fetched, whatever operators have made of `records`. There whenever `failed` is. */
  readonly source?: RecordList<RawValue>;
}

/** A record's value as it comes from Kafka: its bytes, or null for a tombstone. */
export type RawValue = Uint8Array | null;

/** What was done to a record when it failed, in Kafka Connect's words. */
export type DeadLetterStage = 'KEY_CONVERTER' | 'VALUE_CONVERTER' | 'HEADER_CONVERTER' | 'TRANSFORMATION' | 'TASK_PUT';

/** A record that cannot be loaded, and why. */
export interface DeadLetter {
  /** As it was fetched. */
  readonly record: KafkaRecord<RawValue>;
  readonly stage: DeadLetterStage;
  /** What failed on it: the Java class that does the same in Kafka Connect, where there is one. */
  readonly className: string;
  readonly error: Error;
  /** The Java class of what would be thrown there. Default: converters throw DataExceptions, all else what `error` is. */
  readonly exceptionClass?: string;
}

/** A key for maps of partitions. Topic names cannot contain a slash. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/**
 * The record as it was fetched, by its offset.
 *
 * @returns undefined when the envelope does not keep its source, or holds no such record.
 */
export function recordAt(
  { source }: { readonly source?: RecordList<RawValue> | undefined },
  offset: number,
): KafkaRecord<RawValue> | undefined {
  if (source === undefined) return undefined;
  let low = 0;
  let high = source.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = source.offset(middle);
    if (found === offset) return source.record(middle);
    if (found < offset) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** A record list without the records that have one of these offsets. */
export function withoutOffsets<V>(list: RecordList<V>, offsets: Pick<ReadonlySet<number>, 'has'>): RecordList<V> {
  const kept: number[] = [];
  for (let index = 0; index < list.length; index++) if (!offsets.has(list.offset(index))) kept.push(index);
  return recordsAt(list, kept);
}

/** The records of a list that stand at these places. */
export function recordsAt<V>(list: RecordList<V>, places: readonly number[]): RecordList<V> {
  const { table } = list;
  const at = (index: number): number => {
    const place = places[index];
    if (place === undefined) throw new RangeError(`No record at index ${index} of ${places.length}`);
    return place;
  };
  return {
    length: places.length,
    ...(table && { table: (index) => table(at(index)) }),
    offset: (index) => list.offset(at(index)),
    value: (index) => list.value(at(index)),
    record: (index) => list.record(at(index)),
  };
}

/** A record list whose records name these tables; undefined for those that name none. */
export function withTables<V>(list: RecordList<V>, tables: readonly (string | undefined)[]): RecordList<V> {
  return {
    length: list.length,
    table: (index) => tables[index],
    offset: (index) => list.offset(index),
    value: (index) => list.value(index),
    record: (index) => {
      const table = tables[index];
      return table === undefined ? list.record(index) : { ...list.record(index), table };
    },
  };
}

/** A record list with other values in the same places. */
export function withValues<V>(list: RecordList, values: readonly V[]): RecordList<V> {
  // There are as many values as records.
  const at = (index: number): V => values[index] as V;
  return {
    length: list.length,
    ...(list.table && { table: list.table }),
    offset: (index) => list.offset(index),
    value: at,
    record: (index) => ({ ...list.record(index), value: at(index) }),
  };
}

/** A record list backed by an array of records. */
export function recordList<V>(records: readonly KafkaRecord<V>[]): RecordList<V> {
  const at = (index: number): KafkaRecord<V> => {
    const record = records[index];
    if (record === undefined) throw new RangeError(`No record at index ${index} of ${records.length}`);
    return record;
  };
  return {
    length: records.length,
    ...(records.some(({ table }) => table !== undefined) && { table: (index: number) => at(index).table }),
    offset: (index) => at(index).offset,
    value: (index) => at(index).value,
    record: at,
  };
}
