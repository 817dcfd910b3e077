import { identity, map, type OperatorFunction, pipe } from 'rxjs';
import { type PipelineConfig } from './config/model.ts';
import { CONVERTER_CLASSES } from './core/converter-classes.ts';
import { csvDialect } from './core/csv-dialect.ts';
import { type EncodedBatch } from './core/encoded-batch.ts';
import { type Logger } from './core/logger.ts';
import { type RawValue, type RecordBatch } from './core/record-batch.ts';
import { type TableColumns } from './core/table-columns.ts';
import { timeZone } from './core/time-zone.ts';
import { collectFailures } from './operators/collect-failures.ts';
import { conversionFailure, convertValues } from './operators/decode/convert-values.ts';
import { type Converter } from './operators/decode/converter.ts';
import { createConverter } from './operators/decode/create-converter.ts';
import { csvRows } from './operators/encode/csv-rows.ts';
import { awaitColumns, fittedRows } from './operators/encode/fit-rows.ts';
import { jsonRows } from './operators/encode/json-rows.ts';
import { toRows } from './operators/encode/to-rows.ts';
import { encodeRows, type RowWriter } from './operators/encode-rows.ts';

/** Makes the converter of a pipeline's values, which all of its partitions share: it knows their schemas. */
export function valueConverter({ value, errors }: PipelineConfig, logger: Logger): Converter {
  const { converter, options, compatibility, schemaRegistry } = value;
  const isJson = converter === 'json' || converter === 'json-with-schemas';
  const schemas = isJson ? { 'schemas.enable': String(converter === 'json-with-schemas') } : {};
  return createConverter(
    CONVERTER_CLASSES[converter],
    { ...options, ...schemas },
    {
      prefix: 'value.converter.',
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

/** What is known of the table that records go into. */
export interface RecordTarget {
  /** The Stream Load headers of its loads. */
  readonly properties: Readonly<Record<string, string>>;
  /** Its columns, unless its properties map fields to columns in a way of their own. */
  readonly columns?: TableColumns | undefined;
}

/**
 * What is done to a partition's records between Kafka and their table's lane.
 *
 * JSON text without transforms is passed on as it is: a value that nobody looks at is never parsed. Bad records are set
 * apart when somebody wants to have them, or to go on without them; otherwise the first one ends the stream.
 */
export function recordOperators(
  config: PipelineConfig,
  converter: Converter,
  { properties, columns }: RecordTarget,
): OperatorFunction<RecordBatch<RawValue>, EncodedBatch> {
  const { value, transforms, errors, starrocks } = config;
  const className = CONVERTER_CLASSES[value.converter];
  const passThrough = isPassThrough(config);
  const zone = timeZone(value.timeZone);
  const plain = starrocks.format === 'csv' ? csvRows(csvDialect(properties)) : jsonRows;
  // What nobody parsed, and what shall be as the Java connector has it, is StarRocks' to judge.
  const fitting = passThrough || value.compatibility === 'java' ? undefined : columns;
  const writer: RowWriter = fitting ? fittedRows(plain, fitting, zone) : plain;
  const decode: OperatorFunction<RecordBatch<RawValue>, RecordBatch> = passThrough
    ? map((batch: RecordBatch<RawValue>): RecordBatch => batch)
    : (source) =>
        transforms.reduce(
          (stream, transform) => stream.pipe(transform),
          source.pipe(
            convertValues(converter, className),
            toRows({ compatibility: value.compatibility, zone }),
            fitting ? awaitColumns(fitting) : identity,
          ),
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

/** Whether the bytes of a value are those of its row. */
function isPassThrough({
  value: { converter, compatibility, options },
  transforms,
  starrocks,
}: PipelineConfig): boolean {
  if (transforms.length > 0) return false;
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
