import { map, type OperatorFunction, pipe } from 'rxjs';
import { type PipelineConfig } from './config/model.ts';
import { type EncodedBatch } from './core/encoded-batch.ts';
import { type RawValue, type RecordBatch } from './core/record-batch.ts';
import { collectFailures } from './operators/collect-failures.ts';
import { conversionFailure, convertValues } from './operators/decode/convert-values.ts';
import { type Converter } from './operators/decode/converter.ts';
import { toRows } from './operators/encode/to-rows.ts';
import { encodeJson } from './operators/encode-json.ts';

/**
 * What is done to a partition's records between Kafka and their table's lane.
 *
 * Plain JSON without transforms is passed on as it is: a value that nobody looks at is never parsed. Bad records are set
 * apart when somebody wants to have them, or to go on without them; otherwise the first one ends the stream.
 */
export function recordOperators(
  { transforms, errors }: PipelineConfig,
  converter: Converter,
): OperatorFunction<RecordBatch<RawValue>, EncodedBatch> {
  const className = 'org.apache.kafka.connect.json.JsonConverter';
  const passThrough = transforms.length === 0;
  const decode: OperatorFunction<RecordBatch<RawValue>, RecordBatch> = passThrough
    ? map((batch: RecordBatch<RawValue>): RecordBatch => batch)
    : (source) =>
        transforms.reduce(
          (stream, transform) => stream.pipe(transform),
          source.pipe(convertValues(converter, className), toRows()),
        );
  const setApart = errors.tolerance === 'all' || errors.deadLetterTopic !== undefined || errors.log.enable;
  if (!setApart) return pipe(decode, encodeJson());
  return pipe(
    collectFailures(decode),
    encodeJson({
      // The line of a bad record says when the record was written, which only the record itself knows.
      keepSource: errors.deadLetterTopic !== undefined || (errors.log.enable && errors.log.includeMessages),
      ...(passThrough && {
        conversionFailure: (record) => conversionFailure(converter, className, record),
      }),
    }),
  );
}
