import { identity, map, type OperatorFunction, pipe } from 'rxjs';
import { type PipelineConfig } from './config/model.ts';
import { type SchemaAndValue } from './core/connect-data.ts';
import { CONVERTER_CLASSES } from './core/converter-classes.ts';
import { csvDialect } from './core/csv-dialect.ts';
import { type EncodedBatch } from './core/encoded-batch.ts';
import { type Logger } from './core/logger.ts';
import { type RawValue, type RecordBatch, type TopicPartition } from './core/record-batch.ts';
import { type TableColumns } from './core/table-columns.ts';
import { timeZone } from './core/time-zone.ts';
import { collectFailures } from './operators/collect-failures.ts';
import { conversionFailure, convertValues } from './operators/decode/convert-values.ts';
import { type Converter } from './operators/decode/converter.ts';
import { createConverter } from './operators/decode/create-converter.ts';
import { SimpleHeaderConverter } from './operators/decode/simple-header-converter.ts';
import { redirectDeletes } from './operators/deletes/redirect-deletes.ts';
import { tombstonesToDeletes } from './operators/deletes/tombstones-to-deletes.ts';
import { csvRows } from './operators/encode/csv-rows.ts';
import { awaitColumns, fittedRows } from './operators/encode/fit-rows.ts';
import { jsonRows } from './operators/encode/json-rows.ts';
import { addRecordColumns, hasRecordColumns } from './operators/encode/record-columns.ts';
import { toRows } from './operators/encode/to-rows.ts';
import { encodeRows, type RowWriter } from './operators/encode-rows.ts';
import { ownOperators } from './operators/own/own-operators.ts';
import { refuseOtherTables } from './operators/transform/refuse-other-tables.ts';
import { toConnectRecords } from './operators/transform/to-connect-records.ts';
import { createTransformChain, type TransformChain } from './operators/transform/transform-chain.ts';
import { transformRecords } from './operators/transform/transform-records.ts';

/** What all partitions of a pipeline read their records with: it knows their schemas. */
export interface RecordReaders {
  readonly value: Converter;
  /** Only where somebody looks at keys. */
  readonly key: Converter | undefined;
  readonly chain: TransformChain;
}

/**
 * Makes the converters and Kafka Connect's transforms of a pipeline.
 *
 * @throws ConfigError with everything that is wrong with the transforms.
 */
export function recordReaders(config: PipelineConfig, logger: Logger): RecordReaders {
  const { value, connectTransforms } = config;
  const chain = createTransformChain(connectTransforms, {
    compatibility: value.compatibility,
    tombstonesDelete: config.deletes.tombstones,
  });
  for (const warning of chain.warnings) logger.warn({ pipeline: config.name }, warning);
  return {
    value: partConverter('value', value, config, logger),
    key: readsKeys(config, chain) ? partConverter('key', keySettings(config), config, logger) : undefined,
    chain,
  };
}

function readsKeys({ recordColumns, deletes }: PipelineConfig, chain: TransformChain): boolean {
  return chain.readsKeys || deletes.tombstones || recordColumns.key !== undefined;
}

/** Without a word about keys, transforms and deletes read them as JSON, and a column takes their text. */
function keySettings({ key, recordColumns, deletes }: PipelineConfig): NonNullable<PipelineConfig['key']> {
  const isText = recordColumns.key !== undefined && !deletes.tombstones;
  return key ?? { converter: isText ? 'string' : 'json', options: {} };
}

function partConverter(
  part: 'key' | 'value',
  { converter, options, schemaRegistry }: NonNullable<PipelineConfig['key']>,
  { value: { compatibility }, errors }: PipelineConfig,
  logger: Logger,
): Converter {
  const isJson = converter === 'json' || converter === 'json-with-schemas';
  const schemas = isJson ? { 'schemas.enable': String(converter === 'json-with-schemas') } : {};
  return createConverter(
    CONVERTER_CLASSES[converter],
    { ...options, ...schemas },
    {
      prefix: `${part}.converter.`,
      part,
      compatibility,
      registry: schemaRegistry,
      retry: {
        // A registry that is down says nothing about the records, so that nobody's default may give them up.
        giveUpMs: errors.retryTimeoutMs > 0 ? errors.retryTimeoutMs : undefined,
        maxDelayMs: errors.retryDelayMaxMs,
      },
      logger,
    },
  );
}

/** The table of a partition, and what its records have to do with it. */
export interface PartitionTable {
  readonly name: string;
  /** The Stream Load headers of its loads. */
  readonly properties: Readonly<Record<string, string>>;
  /** Its columns, unless its properties map fields to columns in a way of their own. */
  readonly columns?: TableColumns | undefined;
  /** Which table a topic is loaded into. */
  readonly tableOf: (topic: string) => string;
}

/** Which partition it is, and who hears what the operators of the user's own have to say. */
export interface PartitionPlace extends TopicPartition {
  readonly logger: Logger;
}

/**
 * What is done to a partition's records between Kafka and their table's lane.
 *
 * JSON text without transforms is passed on as it is: a value that nobody looks at is never parsed. Bad records are set
 * apart when somebody wants to have them, or to go on without them; otherwise the first one ends the stream.
 */
export function recordOperators(
  config: PipelineConfig,
  readers: RecordReaders,
  table: PartitionTable,
  { topic, partition, logger }: PartitionPlace,
): OperatorFunction<RecordBatch<RawValue>, EncodedBatch> {
  const { value, recordColumns, transforms, deletes, errors, starrocks } = config;
  const rows = { compatibility: value.compatibility, zone: timeZone(value.timeZone) };
  const converter = readers.value;
  const plain = starrocks.format === 'csv' ? csvRows(csvDialect(table.properties)) : jsonRows;
  const className = CONVERTER_CLASSES[value.converter];
  const passThrough = !seesRecords(config, readers) && isPassThrough(config);
  // What nobody parsed, and what shall be as the Java connector has it, is StarRocks' to judge.
  const columns = passThrough || value.compatibility === 'java' ? undefined : table.columns;
  const writer: RowWriter = columns ? fittedRows(plain, columns, rows.zone) : plain;
  const decode: OperatorFunction<RecordBatch<RawValue>, RecordBatch> = passThrough
    ? map((batch: RecordBatch<RawValue>): RecordBatch => batch)
    : pipe(
        convertValues(converter, className),
        connectTransforms(config, readers, table),
        toRows(rows, hasRecordColumns(recordColumns) ? addRecordColumns(recordColumns, rows) : undefined),
        columns ? awaitColumns(columns) : identity,
        ownOperators(transforms, { pipeline: config.name, topic, partition, logger }),
        redirectedDeletes(deletes),
      );
  const setApart = errors.tolerance === 'all' || errors.deadLetterTopic !== undefined || errors.log.enable;
  if (!setApart) return pipe(decode, encodeRows(writer));
  return pipe(
    collectFailures(decode),
    encodeRows(writer, {
      // The line of a bad record says when the record was written, which only the record itself knows.
      keepSource: errors.deadLetterTopic !== undefined || (errors.log.enable && errors.log.includeMessages),
      ...(passThrough && { conversionFailure: (record) => conversionFailure(converter, className, record) }),
    }),
  );
}

/** Whether more is needed of records than their values. */
function seesRecords({ deletes, recordColumns }: PipelineConfig, { chain }: RecordReaders): boolean {
  return chain.length > 0 || deletes.tombstones || hasRecordColumns(recordColumns);
}

const HEADERS = {
  converter: new SimpleHeaderConverter(),
  className: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
};

/** Kafka Connect's transforms, deletes by key, and what rows need of records besides their values. */
function connectTransforms(
  config: PipelineConfig,
  readers: RecordReaders,
  { name, tableOf }: PartitionTable,
): OperatorFunction<RecordBatch<SchemaAndValue>, RecordBatch<SchemaAndValue>> {
  if (!seesRecords(config, readers)) return identity;
  const className = CONVERTER_CLASSES[keySettings(config).converter];
  return pipe(
    toConnectRecords({
      ...(readers.key && { key: { converter: readers.key, className } }),
      ...(config.recordColumns.headers !== undefined && { headers: HEADERS }),
    }),
    transformRecords(readers.chain),
    refuseOtherTables(name, tableOf),
    config.deletes.tombstones ? tombstonesToDeletes() : identity,
  );
}

function redirectedDeletes({ mode, column }: PipelineConfig['deletes']): OperatorFunction<RecordBatch, RecordBatch> {
  if (mode === 'soft' && column !== undefined) return redirectDeletes({ mode, column });
  return mode === 'ignore' ? redirectDeletes({ mode }) : identity;
}

/** Whether the bytes of a value are those of its row. */
function isPassThrough({
  value: { converter, compatibility, options },
  deletes,
  transforms,
  starrocks,
}: PipelineConfig): boolean {
  if (transforms.length > 0 || deletes.mode !== 'apply') return false;
  switch (converter) {
    case 'json':
      if (starrocks.format === 'csv') return false;
      // Kafka Connect changes digits that a 64-bit integer or a double cannot hold.
      return compatibility === 'exact';
    case 'string':
      return /^utf-?8$/i.test(options['converter.encoding'] ?? 'UTF-8');
    case 'bytes':
      return true;
    default:
      return false;
  }
}
