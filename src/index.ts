/**
 * The public API: what operators of your own and pipeline files in JavaScript or TypeScript import, and what embeds a
 * pipeline in a program.
 *
 * @example An operator in a file of its own, which `transforms` of a pipeline file names with `./stamp.js`, or with
 * `{ operator: ./stamp.js, options: { column: loaded_by } }`:
 * ```ts
 * import { map } from 'rxjs';
 * import { type RecordOperatorFactory } from 'tributary';
 * import { z } from 'zod';
 *
 * export const options = z.strictObject({ column: z.string().default('loaded_by') });
 *
 * const stamp: RecordOperatorFactory<z.output<typeof options>> = ({ column }, { pipeline }) =>
 *   map((record) => ({ ...record, value: { ...record.value, [column]: pipeline } }));
 *
 * export default stamp;
 * ```
 *
 * @example An operator that stands in the pipeline file itself:
 * ```ts
 * import { filter } from 'rxjs';
 * import { liftRecords, type Row } from 'tributary';
 *
 * const paid = liftRecords<Row, Row>(filter(({ value }) => value['paid'] === true));
 *
 * export default {
 *   name: 'orders',
 *   kafka: { brokers: ['127.0.0.1:9092'], topics: ['orders'] },
 *   starrocks: { urls: ['http://127.0.0.1:8030'], database: 'shop', username: 'user1', password: '123456' },
 *   transforms: [paid],
 * };
 * ```
 *
 * @packageDocumentation
 */
export type { PipelineConfig } from './config/model.ts';
export { UnavailableError } from './core/errors.ts';
export type { Logger } from './core/logger.ts';
export type { EnvelopeOperatorFactory, OperatorContext, RecordOperatorFactory, Row } from './core/own-operator.ts';
export {
  type KafkaRecord,
  type RecordBatch,
  type RecordList,
  recordList,
  type TopicPartition,
} from './core/record-batch.ts';
export { type LiftOptions, liftRecords } from './operators/lift-records.ts';
export { mapAsync } from './operators/map-async.ts';
export { Pipeline } from './pipeline.ts';
