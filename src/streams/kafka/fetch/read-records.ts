import { describeError } from '../../../core/errors.ts';
import { type TopicPartition } from '../../../core/record-batch.ts';
import { gzipCodec, lz4Codec, snappyCodec, zstdCodec } from '../codecs.ts';
import { type BatchHeader, batchesIn, type CodecName } from './batch-header.ts';
import { RecordFormatError } from './record-format-error.ts';
import { type BatchRecords, RecordViews } from './record-views.ts';
import { VarintReader } from './varint-reader.ts';

/** A transaction that was aborted: from where on the records of its producer do not count. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** What a fetch brought for a partition. */
export interface FetchedBytes extends TopicPartition {
  readonly fetchOffset: number;
  readonly records: Buffer;
  /** What is left out. None where records of open and aborted transactions are read. */
  readonly aborted: readonly AbortedTransaction[];
}

/** The records of a fetch, and where the next one goes on. */
export interface FetchedRecords {
  readonly records: RecordViews;
  /** Behind everything that was there as a whole: control records, aborted ones and gaps as well. */
  readonly nextOffset: number;
}

const INFLATE: Readonly<Record<Exclude<CodecName, 'none'>, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: (bytes) => gzipCodec.decompress(bytes),
  snappy: (bytes) => snappyCodec.decompress(bytes),
  lz4: (bytes) => lz4Codec.decompress(bytes),
  zstd: (bytes) => zstdCodec.decompress(bytes),
};

/**
 * Makes records of what a fetch brought, without copying them unless they are compressed.
 *
 * @throws RecordFormatError for what cannot be read; it names the place.
 */
export async function readRecords(fetched: FetchedBytes): Promise<FetchedRecords> {
  const { fetchOffset, records } = fetched;
  const all = batchesIn(records, fetched, fetchOffset);
  try {
    const batches: BatchRecords[] = [];
    for (const header of wanted(all, fetched)) batches.push(await recordsOf(header, records));
    const nextOffset = all.reduce((next, batch) => Math.max(next, batch.nextOffset), fetchOffset);
    return { records: new RecordViews(fetched, batches, fetchOffset), nextOffset };
  } catch (error) {
    throw new RecordFormatError(fetched, fetchOffset, `${describeError(error)}.`, { cause: error });
  }
}

async function recordsOf(header: BatchHeader, records: Buffer): Promise<BatchRecords> {
  const { codec, start, end } = header;
  if (codec === 'none') return { header, bytes: records, start, end };
  const bytes = await INFLATE[codec](records.subarray(start, end));
  return { header, bytes, start: 0, end: bytes.length };
}

/** Leaves out what is no data, what lies before the offset that was asked for, and what was aborted. */
function wanted(all: readonly BatchHeader[], { fetchOffset, records, aborted }: FetchedBytes): BatchHeader[] {
  if (aborted.length === 0) return all.filter(({ control, nextOffset }) => !control && nextOffset > fetchOffset);
  const starting = aborted.toSorted((one, other) => one.firstOffset - other.firstOffset);
  const open = new Set<bigint>();
  let next = 0;
  return all.filter((batch) => {
    const { producerId, transactional, control, nextOffset } = batch;
    for (let start = starting[next]; start !== undefined && start.firstOffset < nextOffset; start = starting[++next]) {
      open.add(start.producerId);
    }
    if (control) {
      if (isAbortMarker(batch, records)) open.delete(producerId);
      return false;
    }
    return nextOffset > fetchOffset && !(transactional && open.has(producerId));
  });
}

const ABORT = 0;

/** The key of a control record: its version and its type, 16 bits each. */
function isAbortMarker({ start, end, recordCount }: BatchHeader, records: Buffer): boolean {
  if (recordCount === 0) return false;
  const reader = new VarintReader(records, start, end);
  reader.int32();
  reader.skip(1);
  reader.int64();
  reader.int32();
  const keyLength = reader.int32();
  const place = reader.position;
  reader.skip(keyLength);
  return keyLength >= 4 && records.readInt16BE(place + 2) === ABORT;
}
