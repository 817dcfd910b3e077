import { lastValueFrom, type Observable, of, type TimeoutConfig, throwError, timeout, toArray } from 'rxjs';
import { type PipelineConfig } from './config/model.ts';
import { asBuffer } from './core/as-buffer.ts';
import { type Column } from './core/column-type.ts';
import { type SchemaAndValue } from './core/connect-data.ts';
import { ConnectRecord } from './core/connect-record.ts';
import { csvDialect } from './core/csv-dialect.ts';
import { type EncodedBatch, partsOf, rowBytes } from './core/encoded-batch.ts';
import { describeError, RecordError, toError, UnavailableError } from './core/errors.ts';
import { type Logger } from './core/logger.ts';
import { type DeadLetter, type KafkaRecord, type RawValue, type RecordBatch, recordList } from './core/record-batch.ts';
import { type TableTarget } from './core/table-target.ts';
import { timeZone } from './core/time-zone.ts';
import { columnFindings, type LoadManner, type RowFinding } from './operators/encode/column-findings.ts';
import { rowFault } from './operators/find-bad-rows.ts';
import { utf8Text } from './operators/json/json-text.ts';
import { readJson } from './operators/json/read-json.ts';
import { jsonText } from './operators/json/write-json.ts';
import { type RecordReaders, recordOperators, type Stage } from './record-operators.ts';
import { type PartitionTables, type RowTable } from './written-tables.ts';

/** What a stage made of one record. */
export interface StageOutput {
  /** The value as JSON with all its digits. */
  readonly value: string;
  /** The same of the key, where transforms see one. */
  readonly key?: string;
  /** Where the record is sent, where transforms may say so. */
  readonly topic?: string;
}

/** A stage that a record has passed: none, one or several outputs. */
export interface PassedStage {
  readonly stage: string;
  readonly outputs: readonly StageOutput[];
}

/** A row as it would be sent. */
export interface TracedRow {
  readonly bytes: Uint8Array;
  /** What is not stored as it stands there. */
  readonly findings: readonly RowFinding[];
  /** The table that it goes into, where that isn't its partition's. */
  readonly target?: TableTarget;
}

/** Why a record cannot be loaded. */
export interface RecordFailure {
  /** What failed, in Kafka Connect's words: a stage and a class. */
  readonly stage: DeadLetter['stage'];
  readonly className: string;
  readonly reason: string;
}

/** The way of one record to its rows. */
export interface RecordTrace {
  readonly record: KafkaRecord<RawValue>;
  readonly stages: readonly PassedStage[];
  readonly failure: RecordFailure | undefined;
  readonly rows: readonly TracedRow[];
}

/** What became of the records of one partition. */
export interface PartitionTrace {
  readonly records: readonly RecordTrace[];
  /** The rows as they would be sent. */
  readonly encoded: readonly EncodedBatch[];
  /** What ended the stream; a run would end there as well. */
  readonly error: Error | undefined;
}

/** How the records of a partition are traced. */
export interface TraceOptions {
  readonly config: PipelineConfig;
  readonly readers: RecordReaders;
  /** With their columns, to compare rows with, where these are known. */
  readonly tables: PartitionTables;
  /** Hears what the operators of the user's own have to say. */
  readonly logger: Logger;
  /** Milliseconds that all of it may take. */
  readonly limitMs: number;
}

/**
 * Sends records through the operators of a run, as the one envelope that a fetch would bring, and writes down what each
 * stage makes of each of them. Bad records are set apart, whatever `errors.tolerance` says, so that all of them are seen.
 *
 * @param records - at least one, all of one partition, in the order of their offsets.
 */
export async function traceRecords(
  records: readonly KafkaRecord<RawValue>[],
  { config, readers, tables, logger, limitMs }: TraceOptions,
): Promise<PartitionTrace> {
  const stages = new StageNotes(records);
  const tolerant = { ...config, errors: { ...config.errors, tolerance: 'all' as const } };
  const envelope = envelopeOf(records);
  const { topic, partition } = envelope;
  const operators = recordOperators(tolerant, readers, tables, { topic, partition, logger }, (stage, batch) =>
    stages.note(stage, batch),
  );
  let encoded: readonly EncodedBatch[] = [];
  let error: Error | undefined;
  try {
    const stream = of(envelope).pipe(operators, toArray(), timeout(stuckAfter(limitMs)));
    encoded = await lastValueFrom(stream, { defaultValue: [] });
  } catch (thrown) {
    error = toError(thrown);
  }
  const rows = tracedRows(encoded, { config, tables });
  const failed = new Map(
    encoded.flatMap((batch) => batch.failed ?? []).map((letter) => [letter.record.offset, letter]),
  );
  return {
    records: records.map((record) => ({
      record,
      stages: stages.of(record),
      failure: failureOf(failed.get(record.offset)),
      rows: rows.get(record.offset) ?? [],
    })),
    encoded,
    error,
  };
}

function envelopeOf(records: readonly KafkaRecord<RawValue>[]): RecordBatch<RawValue> {
  const [first] = records;
  const last = records.at(-1);
  if (!first || !last) throw new RangeError('Expected at least one record.');
  const { topic, partition, offset: firstOffset } = first;
  const nextOffset = last.offset + 1;
  return { topic, partition, generation: 0, firstOffset, nextOffset, bytes: 0, records: recordList(records) };
}

function stuckAfter(limitMs: number): TimeoutConfig<readonly EncodedBatch[], Observable<never>> {
  const stuck = new UnavailableError(
    `The records did not get through their stages within ${limitMs} ms: a schema registry does not answer, or an operator does not end.`,
  );
  return { first: limitMs, with: () => throwError(() => stuck) };
}

/** What the stages made of each record. Written down at once: an operator of the user's may change what it was given. */
class StageNotes {
  readonly #passed: ReadonlyMap<number, PassedStage[]>;

  constructor(records: readonly KafkaRecord[]) {
    this.#passed = new Map(records.map(({ offset }) => [offset, []]));
  }

  note({ name: stage, holds }: Stage, { records }: RecordBatch): void {
    const outputs = new Map<number, StageOutput[]>();
    for (let index = 0; index < records.length; index++) {
      const offset = records.offset(index);
      outputs.set(offset, [...(outputs.get(offset) ?? []), outputOf(records.value(index), holds)]);
    }
    for (const [offset, passed] of this.#passed) {
      const made = outputs.get(offset) ?? [];
      // What did not get here was dropped or failed before.
      if (made.length > 0 || passed.length === 0 || (passed.at(-1)?.outputs.length ?? 0) > 0) {
        passed.push({ stage, outputs: made });
      }
    }
  }

  of({ offset }: KafkaRecord): readonly PassedStage[] {
    return this.#passed.get(offset) ?? [];
  }
}

function outputOf(value: unknown, holds: Stage['holds']): StageOutput {
  if (holds === 'rows') return { value: rowText(value) };
  if (value instanceof ConnectRecord) {
    const { key, topic } = value;
    return { value: dataText(value), key: dataText(key), topic };
  }
  return { value: dataText(value as SchemaAndValue) };
}

function dataText({ value }: SchemaAndValue): string {
  return shownJson(value);
}

/** Bytes are a row as somebody else wrote it. */
function rowText(row: unknown): string {
  return row instanceof Uint8Array ? asBuffer(row).toString('utf8') : shownJson(row);
}

function shownJson(value: unknown): string {
  try {
    return jsonText(value) ?? String(value);
  } catch (error) {
    return `no JSON: ${describeError(error)}`;
  }
}

function failureOf(letter: DeadLetter | undefined): RecordFailure | undefined {
  if (!letter) return undefined;
  const { stage, className, error } = letter;
  return { stage, className, reason: error instanceof RecordError ? error.reason : describeError(error) };
}

/** The rows of each record by its offset, and what StarRocks will not store as it stands there. */
function tracedRows(
  encoded: readonly EncodedBatch[],
  { config, tables }: Pick<TraceOptions, 'config' | 'tables'>,
): ReadonlyMap<number, readonly TracedRow[]> {
  const isJson = config.starrocks.format === 'json';
  const rows = new Map<number, TracedRow[]>();
  for (const batch of partsOf(encoded)) {
    const { target } = batch;
    const table = target ? tables.named(target.name) : tables.own;
    const manner = loadManner(config, table);
    for (let row = 0; row < batch.rows; row++) {
      const bytes = rowBytes(batch, row);
      const findings = isJson ? jsonFindings(bytes, table.columns?.known, manner) : [];
      const offset = batch.rowOffset(row);
      rows.set(offset, [...(rows.get(offset) ?? []), { bytes, findings, ...(target && { target }) }]);
    }
  }
  return rows;
}

function jsonFindings(bytes: Uint8Array, columns: readonly Column[] | undefined, manner: LoadManner): RowFinding[] {
  const fault = rowFault(bytes);
  if (fault !== undefined) return [{ kind: 'refused', message: fault }];
  if (columns === undefined) return [];
  // An object, as there is no fault.
  const row = readJson(utf8Text(bytes)) as Readonly<Record<string, unknown>>;
  return columnFindings(row, columns, manner);
}

function loadManner({ value }: PipelineConfig, { properties }: RowTable): LoadManner {
  const { strict_mode: strict, partial_update: partial, columns } = properties;
  return {
    zone: timeZone(value.timeZone),
    strict: strict?.toLowerCase() === 'true',
    partial: partial?.toLowerCase() === 'true',
    listed: columns === undefined ? undefined : csvDialect({ columns }).fields,
  };
}
