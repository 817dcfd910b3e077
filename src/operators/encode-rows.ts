import { map, type OperatorFunction } from 'rxjs';
import { BodyMemory } from '../core/body-memory.ts';
import { putFailure } from '../core/dead-letter.ts';
import { type EncodedBatch, offsetsIn } from '../core/encoded-batch.ts';
import { RecordError } from '../core/errors.ts';
import {
  type DeadLetter,
  type KafkaRecord,
  type RawValue,
  type RecordBatch,
  type RecordList,
  recordAt,
  recordsAt,
  withoutOffsets,
} from '../core/record-batch.ts';
import { type RowFormat } from '../core/row-format.ts';
import { type TableTarget } from '../core/table-target.ts';
import { RowSink } from './row-sink.ts';

/** How much longer a stretch of memory may be than the rows in it to be copied as a whole: a load keeps all of it. */
const MOST_STRETCH = 1.25;

/** What rows are written into before they are copied into a body of their size: one envelope at a time. */
const sink = new RowSink();
const NOT_KEPT = new BodyMemory(() => 0);

/** How the rows of one format are written. */
export interface RowWriter {
  readonly format: RowFormat;
  /**
   * Writes the rows of a value that is not null. Bytes and text are rows as somebody else wrote them, everything else is
   * what a converter or an operator made.
   *
   * @throws RowError when it has none.
   */
  readonly write: (value: unknown, to: RowSink) => void;
  /** The same for a record whose value is not null, for who can do it straight from where it lies. Default: `write` of its value. */
  readonly writeRecord?: (records: RecordList, index: number, to: RowSink) => void;
  /** Whether bytes as fetched are one row as they stand, which is then copied without `write`. Default: never. */
  readonly isRow?: (memory: Uint8Array, start: number, end: number) => boolean;
}

/** A table besides the partition's own, and how rows are written for it. */
export interface OtherTable {
  readonly target: TableTarget;
  readonly writer: RowWriter;
}

/**
 * Finds the table that a record names; undefined for its partition's own. It is the same object each time.
 *
 * @throws RowError for what cannot name one.
 */
export type NamedTable = (name: string) => OtherTable | undefined;

/** A value that is no row: `its value …`. */
export class RowError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RowError';
  }
}

/**
 * Turns envelopes into the bytes of a load body: rows, each followed by its format's separator. Null values (tombstones)
 * make no row; a value may make several.
 *
 * A record whose value is no row goes into the `failed` of an envelope that has one.
 *
 * @throws RecordError in the stream, for the first such record of an envelope that has none.
 */
export function encodeRows(
  writer: RowWriter,
  { keepSource = false, conversionFailure = () => undefined, namedTable, bodies = NOT_KEPT }: EncodeOptions = {},
): OperatorFunction<RecordBatch, EncodedBatch> {
  const tables = { writer, namedTable, bodies };
  return map((batch) => {
    const { failed, source } = batch;
    if (failed === undefined || source === undefined) return released(encodeAll(batch, tables), batch);
    const kept = keepSource ? { source } : {};
    try {
      const encoded = keepingSource(encodeAll(batch, tables), kept);
      // Dead letters are views of the fetched memory.
      return { ...(keepSource || failed.length > 0 ? encoded : released(encoded, batch)), failed };
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      const letters = badRecords(batch, source, { tables, conversionFailure });
      const good = withoutOffsets(batch.records, letters);
      const encoded = keepingSource(encodeAll({ ...batch, records: good }, tables), kept);
      return { ...encoded, failed: [...failed, ...letters.values()] };
    }
  });
}

/** What stays with the rows, and what is said of bad ones. */
export interface EncodeOptions {
  /**
   * Keep the records as they were fetched, for the dead letters of rows that StarRocks will refuse. They take as much
   * memory again as the rows, until these are loaded. Default false.
   */
  readonly keepSource?: boolean;
  /**
   * What the converter says of a bad record, where records are passed by it: what it cannot read fails there in Kafka
   * Connect, and everything else only in the sink. Default: records were converted, so that they fail in the sink.
   */
  readonly conversionFailure?: ConversionFailure;
  /** The tables that records may name. Default: whatever they name, their rows go into the table of their partition. */
  readonly namedTable?: NamedTable | undefined;
  /** Where bodies have their memory from. Default: new memory for each. */
  readonly bodies?: BodyMemory | undefined;
}

/** How rows are written for the partition's own table, and for those that records name. */
interface RowTables {
  readonly writer: RowWriter;
  readonly namedTable: NamedTable | undefined;
  readonly bodies: BodyMemory;
}

type ConversionFailure = (record: KafkaRecord<RawValue>) => DeadLetter | undefined;

/** All that is needed of the envelope has been copied. */
function released(encoded: EncodedBatch, { records }: RecordBatch): EncodedBatch {
  records.bytes?.release();
  return encoded;
}

/** The records of an envelope are kept with the rows of each of its tables: StarRocks may refuse any of them. */
function keepingSource(encoded: EncodedBatch, kept: Pick<EncodedBatch, 'source'>): EncodedBatch {
  const { others } = encoded;
  return { ...encoded, ...kept, ...(others && { others: others.map((other) => ({ ...other, ...kept })) }) };
}

/** The rows of an envelope, apart by their tables. */
function encodeAll(batch: RecordBatch, tables: RowTables): EncodedBatch {
  const { records } = batch;
  if (records.table === undefined || tables.namedTable === undefined)
    return encode(batch, tables.writer, tables.bodies);
  const places = new Map<OtherTable | undefined, number[]>([[undefined, []]]);
  for (let index = 0; index < records.length; index++) {
    const table = otherTable(batch, index, tables);
    const found = places.get(table);
    if (found) found.push(index);
    else places.set(table, [index]);
  }
  const own = encode(
    { ...batch, records: recordsAt(records, places.get(undefined) ?? []) },
    tables.writer,
    tables.bodies,
  );
  const others = [...places].flatMap(([table, at]) => {
    if (table === undefined) return [];
    const { target, writer } = table;
    const other = { ...encode({ ...batch, records: recordsAt(records, at) }, writer, tables.bodies), target, bytes: 0 };
    return other.rows > 0 ? [other] : [];
  });
  return others.length > 0 ? { ...own, others } : own;
}

/** @throws RecordError for a record that cannot name a table by what it names. */
function otherTable(batch: RecordBatch, index: number, { namedTable }: RowTables): OtherTable | undefined {
  const name = batch.records.table?.(index);
  try {
    return name === undefined ? undefined : namedTable?.(name);
  } catch (error) {
    throw ofRecord(error, batch, index);
  }
}

function encode(batch: RecordBatch, writer: RowWriter, bodies: BodyMemory): EncodedBatch {
  const { body, ...rows } = copy(batch, writer, bodies) ?? write(batch, writer, bodies);
  return encoded(batch, { ...rows, body, release: releaseTo(bodies, body) });
}

/**
 * The fast path: each value is one row, and is copied from where it lies. No object is made that outlives its copy.
 *
 * @returns undefined where that is not so.
 */
function copy(batch: RecordBatch, { format, isRow }: RowWriter, bodies: BodyMemory): Rows | undefined {
  const { records } = batch;
  const { bytes: values, length } = records;
  const [separator] = format.separator;
  if (!values || !isRow || separator === undefined || format.separator.length > 1) return undefined;
  let rows = 0;
  let size = 0;
  let from = -1;
  let to = 0;
  let memory: Uint8Array | undefined;
  let isOneStretch = true;
  for (let index = 0; index < length; index++) {
    const start = values.start(index);
    if (start < 0) continue;
    const lies = values.memory(index);
    to = values.end(index);
    if (!isRow(lies, start, to)) return undefined;
    if (from < 0) from = start;
    else if (lies !== memory) isOneStretch = false;
    memory = lies;
    rows++;
    size += to - start + 1;
  }
  // A stretch of memory that holds little else is copied with all that lies between the rows, which are then moved
  // together: that takes no view of each row.
  const stretch = isOneStretch && to - from <= size * MOST_STRETCH ? memory?.subarray(from, to) : undefined;
  const body = bodies.take(Math.max(size, stretch?.length ?? 0));
  if (stretch) body.set(stretch);
  const rowEnds = new Uint32Array(rows);
  const offsets = rows === length && isDense(records) ? undefined : new Float64Array(rows);
  let row = 0;
  let position = 0;
  for (let index = 0; index < length; index++) {
    const start = values.start(index);
    if (start < 0) continue;
    const end = values.end(index);
    if (stretch) body.copyWithin(position, start - from, end - from);
    else body.set(values.memory(index).subarray(start, end), position);
    position += end - start;
    if (offsets) offsets[row] = records.offset(index);
    rowEnds[row++] = position;
    body[position++] = separator;
  }
  return { format, body: body.subarray(0, size), rowEnds, offsets };
}

function write(batch: RecordBatch, writer: RowWriter, bodies: BodyMemory): Rows {
  const { records } = batch;
  sink.begin(writer.format.separator);
  // Of each row, from the first one on that is not the row of the record at its own place.
  let offsets: number[] | undefined = isRun(records) ? undefined : [];
  for (let index = 0; index < records.length; index++) {
    const before = sink.rows;
    if (!isNull(records, index)) writeRows(writer, batch, index);
    if (offsets === undefined && sink.rows !== index + 1) {
      offsets = Array.from({ length: index }, (_, row) => records.offset(row));
    }
    if (offsets) for (let row = before; row < sink.rows; row++) offsets.push(records.offset(index));
  }
  return { format: writer.format, ...sink.take(bodies), offsets: offsets && Float64Array.from(offsets) };
}

/** Makes no view of a value that lies in fetched memory. */
function isNull(records: RecordList, index: number): boolean {
  const { bytes } = records;
  return bytes ? bytes.start(index) < 0 : records.value(index) === null;
}

/** Whether each offset is the one after the one before: an operator may have left out, repeated and moved records. */
function isRun(records: RecordList): boolean {
  const { length } = records;
  for (let index = 1; index < length; index++) {
    if (records.offset(index) !== records.offset(0) + index) return false;
  }
  return length > 0;
}

/** The same of records as they were fetched, whose offsets always rise. */
function isDense(records: RecordList): boolean {
  const { length } = records;
  return length > 0 && records.offset(length - 1) - records.offset(0) === length - 1;
}

/** The rows of an envelope. `offsets` are theirs, unless each follows the one before. */
type Rows = Pick<EncodedBatch, 'format' | 'body' | 'rowEnds'> & { readonly offsets: Float64Array | undefined };

/** Made where it can see nothing else, and does what it does once. */
function releaseTo(bodies: BodyMemory, body: Uint8Array): () => void {
  let held: Uint8Array | undefined = body;
  return () => {
    if (held) bodies.give(held);
    held = undefined;
  };
}

function encoded(
  { topic, partition, generation, firstOffset, nextOffset, bytes, records }: RecordBatch,
  { offsets, ...rows }: Rows & Pick<EncodedBatch, 'release'>,
): EncodedBatch {
  const rowOffset = offsets ? offsetsIn(offsets) : offsetsFrom(records.offset(0));
  return {
    topic,
    partition,
    generation,
    firstOffset,
    nextOffset,
    bytes,
    rows: rows.rowEnds.length,
    ...rows,
    rowOffset,
  };
}

function writeRows(writer: RowWriter, batch: RecordBatch, index: number): void {
  try {
    if (writer.writeRecord) writer.writeRecord(batch.records, index, sink);
    else writer.write(batch.records.value(index), sink);
  } catch (error) {
    throw ofRecord(error, batch, index);
  }
}

/** The error with its record, if it is about what the record holds. */
function ofRecord(error: unknown, { topic, partition, records }: RecordBatch, index: number): unknown {
  if (!(error instanceof RowError)) return error;
  return new RecordError({ topic, partition, offset: records.offset(index) }, error.message, { cause: error });
}

/** What is wrong with the records that cannot be encoded, by their offsets; the first fault of each record. */
function badRecords(
  batch: RecordBatch,
  source: RecordList<RawValue>,
  { tables, conversionFailure }: { tables: RowTables; conversionFailure: ConversionFailure },
): Map<number, DeadLetter> {
  const { records } = batch;
  const letters = new Map<number, DeadLetter>();
  for (let index = 0; index < records.length; index++) {
    const offset = records.offset(index);
    if (letters.has(offset)) continue;
    const error = faultOf(tables, batch, index);
    if (error !== undefined) letters.set(offset, deadLetter(source, error, conversionFailure));
  }
  return letters;
}

function faultOf(tables: RowTables, batch: RecordBatch, index: number): RecordError | undefined {
  try {
    const { writer } = otherTable(batch, index, tables) ?? tables;
    sink.begin(writer.format.separator);
    if (!isNull(batch.records, index)) writeRows(writer, batch, index);
    return undefined;
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
}

function deadLetter(
  source: RecordList<RawValue>,
  error: RecordError,
  conversionFailure: ConversionFailure,
): DeadLetter {
  const record = recordAt({ source }, error.offset);
  // An operator gave the record another offset: without the original, setting it apart would lose it.
  if (record === undefined) throw error;
  return conversionFailure(record) ?? putFailure(record, error);
}

/** Made where it can see nothing else, so that it does not keep the envelope alive, and the fetched memory behind it. */
function offsetsFrom(first: number): (row: number) => number {
  return (row) => first + row;
}
