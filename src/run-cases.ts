import { type Case, type CaseFile, type CaseRecord } from './config/case-file.ts';
import { type PipelineConfig } from './config/model.ts';
import { asBuffer } from './core/as-buffer.ts';
import { DELETE, OP_FIELD } from './core/delete-rows.ts';
import { describeError } from './core/errors.ts';
import { type Logger } from './core/logger.ts';
import { NumberText } from './core/number-text.ts';
import { type KafkaRecord, partitionKey, type RawValue } from './core/record-batch.ts';
import { type TableTarget } from './core/table-target.ts';
import { utf8Text } from './operators/json/json-text.ts';
import { readJson } from './operators/json/read-json.ts';
import { jsonText } from './operators/json/write-json.ts';
import { type RecordReaders, recordReaders } from './record-operators.ts';
import { type RecordTrace, type TraceOptions, traceRecords } from './record-trace.ts';
import { loadProperties, mapsFields } from './sinks/starrocks/load-properties.ts';
import { createTableRoutes, type TableRoutes, tableTarget } from './sinks/starrocks/table-routes.ts';
import { type PartitionTables, type RowTable } from './written-tables.ts';

/** How a case ended. */
export interface CaseResult {
  readonly name: string;
  /** What is not as it should be; none when the case passes. */
  readonly differences: readonly Difference[];
}

/** Something that is not as it should be; values as JSON, or as the text that they are. */
export interface Difference {
  /** What it is about: a row, an error, a count. */
  readonly what: string;
  /** Undefined where nothing was expected. */
  readonly expected: string | undefined;
  /** Undefined where there is nothing. */
  readonly actual: string | undefined;
  /** Those fields of a row that differ; undefined where it is not about one row and another one. */
  readonly fields?: readonly FieldDifference[];
}

/** A field that differs, or that only one of two rows has. */
export interface FieldDifference {
  readonly name: string;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** Milliseconds that the records of a case may take through their stages. */
const TRACE_MS = 30_000;

/** What became of the records of a case. */
interface Outcome {
  readonly rows: ReadonlyMap<string, readonly unknown[]>;
  readonly deletes: ReadonlyMap<string, readonly unknown[]>;
  readonly errors: readonly string[];
  readonly dropped: number;
}

/**
 * Sends the records of each case through the operators that a run would send them through, and compares what comes out.
 * Cases know nothing of each other, but operators of the user's may remember what they have seen.
 *
 * @throws ConfigError when Kafka Connect's transforms cannot be made as they are configured.
 */
export async function runCases({ config, columns, cases }: CaseFile, logger: Logger): Promise<CaseResult[]> {
  const readers = recordReaders(config, logger);
  const tables = new CaseTables(config, readers, columns);
  const results: CaseResult[] = [];
  try {
    for (const one of cases) {
      const differences = compare(one, await outcomeOf(one, { config, readers, logger }, tables));
      results.push({ name: one.name, differences });
    }
  } finally {
    readers.value.close?.();
    readers.key?.close?.();
  }
  return results;
}

/** The tables of topics, with the columns that the file of cases says. */
class CaseTables {
  readonly #config: PipelineConfig;
  readonly #readers: RecordReaders;
  readonly #columns: CaseFile['columns'];
  readonly #routes: TableRoutes;

  constructor(config: PipelineConfig, readers: RecordReaders, columns: CaseFile['columns']) {
    this.#config = config;
    this.#readers = readers;
    this.#columns = columns;
    this.#routes = createTableRoutes(config.starrocks);
  }

  of(topic: string): PartitionTables {
    return {
      own: this.#rowTable(this.#routes.targetOf(this.#readers.chain.topicOf(topic))),
      tableOf: (name) => this.#routes.targetOf(name).name,
      named: (name) => this.#rowTable(tableTarget(name, this.#config.starrocks.database)),
    };
  }

  #rowTable(target: TableTarget): RowTable {
    const properties = loadProperties(this.#config.starrocks, target);
    const known = mapsFields(properties) ? undefined : this.#columns.get(target.name);
    return { target, properties, columns: known && { known, refresh: () => undefined } };
  }
}

async function outcomeOf(
  { records }: Case,
  parts: Pick<TraceOptions, 'config' | 'readers' | 'logger'>,
  caseTables: CaseTables,
): Promise<Outcome> {
  const rows = new Map<string, unknown[]>();
  const deletes = new Map<string, unknown[]>();
  const errors: string[] = [];
  let dropped = 0;
  for (const partition of partitionsOf(records)) {
    const tables = caseTables.of(partition.topic);
    const trace = await traceRecords(partition.records, { ...parts, tables, limitMs: TRACE_MS });
    if (trace.error) {
      errors.push(describeError(trace.error));
      continue;
    }
    for (const record of trace.records) {
      const fault = faultOf(record);
      if (fault !== undefined) errors.push(fault);
      else if (record.rows.length === 0) dropped++;
      else {
        for (const { bytes, target: { name } = tables.own.target } of record.rows) {
          const { row, isDelete } = sentRow(bytes, parts.config.starrocks.format);
          const into = isDelete ? deletes : rows;
          into.set(name, [...(into.get(name) ?? []), row]);
        }
      }
    }
  }
  return { rows, deletes, errors, dropped };
}

/** What a run would say of a bad record. */
function faultOf({ failure, rows }: RecordTrace): string | undefined {
  if (failure) return failure.reason;
  const refused = rows.flatMap(({ findings }) => findings).find(({ kind }) => kind === 'refused');
  return refused?.message;
}

interface CasePartition {
  readonly topic: string;
  readonly records: KafkaRecord<RawValue>[];
}

/** The records as they would stand in Kafka, partition by partition, with offsets from 0 on. */
function partitionsOf(records: readonly CaseRecord[]): CasePartition[] {
  const partitions = new Map<string, CasePartition>();
  for (const { topic, partition, key, value, headers, timestamp } of records) {
    const name = partitionKey({ topic, partition });
    const known = partitions.get(name) ?? { topic, records: [] };
    partitions.set(name, known);
    known.records.push({
      topic,
      partition,
      offset: known.records.length,
      timestamp,
      key: writtenBytes(key),
      value: writtenBytes(value),
      headers: Object.fromEntries(Object.entries(headers).map(([header, given]) => [header, writtenBytes(given)])),
    });
  }
  return [...partitions.values()];
}

/** Text stands for its bytes, `{ base64: … }` for any bytes, anything else for its JSON. */
function writtenBytes(given: unknown): RawValue {
  if (given === null || given === undefined) return null;
  if (typeof given === 'string') return Buffer.from(given, 'utf8');
  if (typeof given === 'object' && 'base64' in given && typeof given.base64 === 'string') {
    if (Object.keys(given).length === 1) return Buffer.from(given.base64, 'base64');
  }
  return Buffer.from(jsonText(given) ?? 'null', 'utf8');
}

/** A row as cases write it: what `__op` says is told by where the row stands. */
function sentRow(bytes: Uint8Array, format: 'json' | 'csv'): { readonly row: unknown; readonly isDelete: boolean } {
  if (format === 'csv') return { row: asBuffer(bytes).toString('utf8'), isDelete: false };
  const row = readJson(utf8Text(bytes));
  return { row: withoutOp(row), isDelete: isObject(row) && Number(row[OP_FIELD]) === DELETE };
}

function withoutOp(row: unknown): unknown {
  if (!isObject(row)) return row;
  const { [OP_FIELD]: _op, ...fields } = row;
  return fields;
}

function compare(expected: Case, actual: Outcome): Difference[] {
  return [
    ...compareTables('', expected.rows, actual.rows),
    ...compareTables('delete ', expected.deletes, actual.deletes),
    ...compareErrors(expected.errors, actual.errors),
    ...(expected.dropped === undefined || expected.dropped === actual.dropped
      ? []
      : [{ what: 'records without a row', expected: String(expected.dropped), actual: String(actual.dropped) }]),
  ];
}

function compareTables(
  kind: '' | 'delete ',
  expected: Readonly<Record<string, readonly unknown[]>>,
  actual: ReadonlyMap<string, readonly unknown[]>,
): Difference[] {
  return [...new Set([...Object.keys(expected), ...actual.keys()])].flatMap((table) => {
    const wanted = (expected[table] ?? []).map(withoutOp);
    const sent = actual.get(table) ?? [];
    return Array.from({ length: Math.max(wanted.length, sent.length) }, (_, index) =>
      compareRows(`${table}, ${kind}row ${index + 1}`, wanted[index], sent[index]),
    ).flat();
  });
}

function compareRows(what: string, wanted: unknown, sent: unknown): Difference[] {
  const [expected, actual] = [jsonOf(wanted), jsonOf(sent)];
  if (expected === actual) return [];
  if (!isObject(wanted) || !isObject(sent)) return [{ what, expected, actual }];
  const fields = [...new Set([...Object.keys(wanted), ...Object.keys(sent)])]
    .map((name) => ({ name, expected: jsonOf(wanted[name]), actual: jsonOf(sent[name]) }))
    .filter((field) => field.expected !== field.actual);
  return [{ what, expected, actual, fields }];
}

function compareErrors(expected: readonly string[], actual: readonly string[]): Difference[] {
  return Array.from({ length: Math.max(expected.length, actual.length) }, (_, index): Difference[] => {
    const [part, error] = [expected[index], actual[index]];
    if (part !== undefined && error?.includes(part) === true) return [];
    return [{ what: `error ${index + 1}`, expected: part, actual: error }];
  }).flat();
}

/** One text for equal values: the names of fields in order, and every digit. */
function jsonOf(value: unknown): string | undefined {
  return jsonText(inOrder(value));
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  return new Map(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => [name, inOrder(member)]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}
