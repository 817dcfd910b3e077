/**
 * The public API: what a pipeline file in JavaScript or TypeScript imports, and what embeds a pipeline in a program.
 *
 * @example A pipeline file that adds a field to every record:
 * ```ts
 * import { map } from 'rxjs';
 * import { liftRecords } from 'tributary';
 *
 * const stamp = liftRecords(map((record) => ({ ...record, value: { ...record.value, loaded_at: Date.now() } })));
 *
 * export default { name: 'orders', kafka: { … }, starrocks: { … }, transforms: [stamp] };
 * ```
 *
 * @packageDocumentation
 */
export type { PipelineConfig } from './config/model.ts';
export type { Logger } from './core/logger.ts';
export {
  type KafkaRecord,
  type RecordBatch,
  type RecordList,
  recordList,
  type TopicPartition,
} from './core/record-batch.ts';
export { liftRecords } from './operators/lift-records.ts';
export { Pipeline } from './pipeline.ts';
