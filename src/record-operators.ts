import { identity, type MonoTypeOperatorFunction, map, type Observable, type OperatorFunction, pipe, tap } from 'rxjs';
import { type PipelineConfig } from './config/model.ts';
import { type BodyMemory } from './core/body-memory.ts';
import { type ColumnType } from './core/column-type.ts';
import { type SchemaAndValue } from './core/connect-data.ts';
import { type ConnectRecord } from './core/connect-record.ts';
import { CONVERTER_CLASSES } from './core/converter-classes.ts';
import { type EncodedBatch } from './core/encoded-batch.ts';
import { ConfigError } from './core/errors.ts';
import { type Logger } from './core/logger.ts';
import { type RawValue, type RecordBatch, type TopicPartition } from './core/record-batch.ts';
import { timeZone } from './core/time-zone.ts';
import { collectFailures } from './operators/collect-failures.ts';
import { cutByTables } from './operators/cut-by-tables.ts';
import { conversionFailure, convertValues, prepared } from './operators/decode/convert-values.ts';
import { type Converter } from './operators/decode/converter.ts';
import { createConverter } from './operators/decode/create-converter.ts';
import { SimpleHeaderConverter } from './operators/decode/simple-header-converter.ts';
import { redirectDeletes } from './operators/deletes/redirect-deletes.ts';
import { tombstonesToDeletes } from './operators/deletes/tombstones-to-deletes.ts';
import { BIGINT, DATETIME, INT, JSON_COLUMN, TEXT } from './operators/encode/column-types.ts';
import { awaitColumns } from './operators/encode/fit-rows.ts';
import { addRecordColumns, hasRecordColumns } from './operators/encode/record-columns.ts';
import { toRows } from './operators/encode/to-rows.ts';
import { transcodedRows } from './operators/encode/transcoded-rows.ts';
import { encodeRows } from './operators/encode-rows.ts';
import { type EvolveOptions, evolveTable } from './operators/evolve-table.ts';
import { ownOperators } from './operators/own/own-operators.ts';
import { routeByTopic } from './operators/transform/route-by-topic.ts';
import { toConnectRecords } from './operators/transform/to-connect-records.ts';
import { createTransformChain, type TransformChain } from './operators/transform/transform-chain.ts';
import { transformRecords } from './operators/transform/transform-records.ts';
import { warnOfUnorderedChanges } from './operators/warn-of-unordered-changes.ts';
import { type PartitionTables, rowWriter, WrittenTables } from './written-tables.ts';

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
  const { value } = config;
  const chain = transformChain(config);
  for (const warning of chain.warnings) logger.warn({ pipeline: config.name }, warning);
  return {
    value: partConverter('value', value, config, logger),
    key: readsKeys(config, chain) ? partConverter('key', keySettings(config), config, logger) : undefined,
    chain,
  };
}

/** Everything that is wrong with Kafka Connect's transforms of a pipeline, one sentence each: only who makes them knows. */
export function transformProblems(config: PipelineConfig): readonly string[] {
  try {
    transformChain(config);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

function transformChain({ connectTransforms, value, deletes }: PipelineConfig): TransformChain {
  return createTransformChain(connectTransforms, {
    compatibility: value.compatibility,
    tombstonesDelete: deletes.tombstones,
  });
}

function readsKeys(config: PipelineConfig, chain: TransformChain): boolean {
  const { recordColumns, deletes } = config;
  return chain.readsKeys || deletes.tombstones || recordColumns.key !== undefined || createsByKey(config);
}

/** Whether the keys of records tell the primary keys of new tables. Nobody has to say how keys are read. */
function createsByKey({ key, schemaEvolution: { createTables, keyFields } }: PipelineConfig): boolean {
  return createTables && keyFields.length === 0 && key !== undefined;
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

/** A step on the way of records to their rows. */
export interface Stage {
  /** What a person knows it by: a setting, or the name of a transform. */
  readonly name: string;
  /** What it makes of values: Kafka Connect's data with its schema, or what is written as rows. */
  readonly holds: 'data' | 'rows';
}

/** What records pass on their way to rows, as `recordOperators` puts it together. */
export function stageNames(config: PipelineConfig, readers: RecordReaders): string[] {
  const { value, transforms, deletes } = config;
  if (!seesRecords(config, readers) && isPassThrough(config)) return ['bytes as they are'];
  return [
    converterName(value),
    ...readers.chain.links.map(({ alias }) => transformName(alias)),
    ...(deletes.tombstones ? [TOMBSTONES] : []),
    ...transforms.map(({ name }, index) => operatorName(name, index)),
    ...(deletes.mode === 'apply' ? [] : [deletesName(deletes)]),
  ];
}

const TOMBSTONES = 'deletes.tombstones';

function converterName({ converter }: PipelineConfig['value']): string {
  return `value.converter (${converter})`;
}

function transformName(alias: string): string {
  return `transform ${alias}`;
}

function deletesName({ mode }: PipelineConfig['deletes']): string {
  return `deletes.mode (${mode})`;
}

/** Sees what a stage made of an envelope before the next one has it: for who shows it to people. */
export type WatchStage = (stage: Stage, batch: RecordBatch) => void;

/** Which partition it is, and who hears what the operators of the user's own have to say. */
export interface PartitionPlace extends TopicPartition {
  readonly logger: Logger;
  /** Where the bodies of loads have their memory from. Default: new memory for each. */
  readonly bodies?: BodyMemory;
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
  tables: PartitionTables,
  { topic, partition, logger, bodies }: PartitionPlace,
  watch?: WatchStage,
): OperatorFunction<RecordBatch<RawValue>, EncodedBatch> {
  const { value, recordColumns, transforms, deletes, errors } = config;
  const rows = { compatibility: value.compatibility, zone: timeZone(value.timeZone) };
  const converter = readers.value;
  const className = CONVERTER_CLASSES[value.converter];
  const asFetched = !seesRecords(config, readers);
  const passThrough = asFetched && isPassThrough(config);
  // People who watch want to see what becomes of a record on its way, and a table that grows has to see its schema.
  const transcoded = asFetched && isTranscoded(config, converter) && !tables.own.evolution && !watch;
  // What nobody parsed, and what shall be as the Java connector has it, is StarRocks' to judge.
  const areFitted = !passThrough && value.compatibility !== 'java';
  const hearsOfChanges = deletes.mode === 'apply' && readers.chain.marksDeletes;
  const written = new WrittenTables(tables, (table) => {
    const columns = areFitted ? table.columns : undefined;
    const writer = rowWriter(config, table, columns);
    return transcoded ? transcodedRows(writer, { converter, rows, columns }) : writer;
  });
  const { writer } = written.own;
  const columnsKnown = areFitted
    ? awaitColumns({
        own: tables.own.columns,
        columnsOf: (name) => written.find(name)?.columns,
        // Not of a table that may not be there.
        ahead: !tables.own.evolution && !readers.chain.routesByRecord,
      })
    : identity<Observable<RecordBatch>>;
  const isConverted = !passThrough && !transcoded;
  const decode: OperatorFunction<RecordBatch<RawValue>, RecordBatch> = isConverted
    ? pipe(
        pipe(hearsOfChanges ? warnOfUnorderedChanges(logger) : identity, convertValues(converter, className)),
        dataSeen(converterName(value), watch),
        connectTransforms(config, readers, tables.tableOf, written, watch),
        toRows(rows, hasRecordColumns(recordColumns) ? addRecordColumns(recordColumns, rows) : undefined),
        rowsSeen('row', watch),
        ownTransforms(transforms, { pipeline: config.name, topic, partition, logger }, watch),
        redirectedDeletes(deletes, watch),
        cutByTables((name) => written.find(name)?.target),
        columnsKnown,
      )
    : pipe(
        prepared(converter),
        map((batch): RecordBatch => batch),
        columnsKnown,
      );
  const setApart = errors.tolerance === 'all' || errors.deadLetterTopic !== undefined || errors.log.enable;
  const namedTable = isConverted ? (name: string) => written.named(name) : undefined;
  if (!setApart) return pipe(decode, encodeRows(writer, { namedTable, bodies }));
  return pipe(
    collectFailures(decode),
    encodeRows(writer, {
      bodies,
      // The line of a bad record says when the record was written, which only the record itself knows.
      namedTable,
      keepSource: errors.deadLetterTopic !== undefined || (errors.log.enable && errors.log.includeMessages),
      ...(!isConverted && { conversionFailure: (record) => conversionFailure(converter, className, record) }),
    }),
  );
}

function dataSeen<B extends RecordBatch>(name: string, watch: WatchStage | undefined): MonoTypeOperatorFunction<B> {
  return seen({ name, holds: 'data' }, watch);
}

function rowsSeen(name: string, watch: WatchStage | undefined): MonoTypeOperatorFunction<RecordBatch> {
  return seen({ name, holds: 'rows' }, watch);
}

/** Nothing at all where nobody watches. */
function seen<B extends RecordBatch>(stage: Stage, watch: WatchStage | undefined): MonoTypeOperatorFunction<B> {
  return watch ? tap((batch) => watch(stage, batch)) : identity;
}

/** The operators of the user's own, one after the other. */
function ownTransforms(
  operators: PipelineConfig['transforms'],
  context: Parameters<typeof ownOperators>[1],
  watch: WatchStage | undefined,
): OperatorFunction<RecordBatch, RecordBatch> {
  return (source) =>
    operators.reduce(
      (stream, operator, index) =>
        stream.pipe(ownOperators([operator], context), rowsSeen(operatorName(operator.name, index), watch)),
      source,
    );
}

function operatorName(name: string, index: number): string {
  return `transforms[${index}]${name === '' ? '' : ` (${name})`}`;
}

/** Whether more is needed of records than their values. */
function seesRecords(config: PipelineConfig, { chain }: RecordReaders): boolean {
  const { deletes, recordColumns } = config;
  return chain.length > 0 || deletes.tombstones || hasRecordColumns(recordColumns) || createsByKey(config);
}

const HEADERS = {
  converter: new SimpleHeaderConverter(),
  className: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
};

/** Kafka Connect's transforms, deletes by key, and what rows need of records besides their values. */
function connectTransforms(
  config: PipelineConfig,
  readers: RecordReaders,
  tableOf: PartitionTables['tableOf'],
  written: WrittenTables,
  watch: WatchStage | undefined,
): OperatorFunction<RecordBatch<SchemaAndValue>, RecordBatch<SchemaAndValue>> {
  const evolve = <T extends SchemaAndValue>(): OperatorFunction<RecordBatch<T>, RecordBatch<T>> =>
    written.own.evolution
      ? evolveTable<T>(
          (name) => (name === undefined ? written.own : written.find(name))?.evolution,
          evolveOptions(config),
        )
      : identity;
  if (!seesRecords(config, readers)) return evolve();
  const className = CONVERTER_CLASSES[keySettings(config).converter];
  return pipe(
    toConnectRecords({
      ...(readers.key && { key: { converter: readers.key, className } }),
      ...(config.recordColumns.headers !== undefined && { headers: HEADERS }),
    }),
    watch ? watchedTransforms(readers.chain, watch) : transformRecords(readers.chain),
    routeByTopic(written.own.target.name, tableOf),
    evolve(),
    config.deletes.tombstones ? pipe(tombstonesToDeletes(), dataSeen(TOMBSTONES, watch)) : identity,
  );
}

/** The columns that rows get from elsewhere than their values. */
function evolveOptions(config: PipelineConfig): EvolveOptions {
  const { recordColumns, deletes, schemaEvolution } = config;
  const types: Readonly<Record<keyof typeof recordColumns, ColumnType>> = {
    key: keySettings(config).converter === 'string' ? TEXT : JSON_COLUMN,
    headers: JSON_COLUMN,
    timestamp: DATETIME,
    topic: TEXT,
    partition: INT,
    offset: BIGINT,
  };
  const added = (Object.keys(types) as (keyof typeof types)[]).flatMap((part) => {
    const name = recordColumns[part];
    return name === undefined ? [] : [{ name, type: types[part] }];
  });
  const mark = deletes.mode === 'soft' ? deletes.column : undefined;
  return {
    added: mark === undefined ? added : [...added, { name: mark, type: { kind: 'boolean' } }],
    keyFields: schemaEvolution.keyFields,
  };
}

/** The same transforms, an envelope at a time through each of them. */
function watchedTransforms(
  chain: TransformChain,
  watch: WatchStage,
): MonoTypeOperatorFunction<RecordBatch<ConnectRecord>> {
  return (source) =>
    chain.links.reduce(
      (stream, { alias, chain: link }) => stream.pipe(transformRecords(link), dataSeen(transformName(alias), watch)),
      source,
    );
}

function redirectedDeletes(
  deletes: PipelineConfig['deletes'],
  watch: WatchStage | undefined,
): MonoTypeOperatorFunction<RecordBatch> {
  const { mode, column } = deletes;
  const watched = rowsSeen(deletesName(deletes), watch);
  if (mode === 'soft' && column !== undefined) return pipe(redirectDeletes({ mode, column }), watched);
  return mode === 'ignore' ? pipe(redirectDeletes({ mode }), watched) : identity;
}

/** Whether rows can be written straight from the data of values, in another format. */
function isTranscoded({ deletes, transforms, starrocks }: PipelineConfig, converter: Converter): boolean {
  return (
    converter.readerOf !== undefined &&
    transforms.length === 0 &&
    deletes.mode === 'apply' &&
    starrocks.format !== 'csv'
  );
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
