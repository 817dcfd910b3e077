import { describeError } from '../../core/errors.ts';
import { type DeadLetter } from '../../core/record-batch.ts';

/** What an error line says beside the error. */
export interface ErrorLineOptions {
  readonly pipeline: string;
  /** Number of the task in its pipeline, from 0. */
  readonly task: number;
  /** Whether it says where the record stood. */
  readonly includeMessages: boolean;
}

/**
 * The line that `errors.log.enable` asks for, in Kafka Connect's words, which log alerts look for; then the error, which
 * Kafka Connect puts into the lines below. Its type of timestamp is left out: the Kafka client does not tell it.
 */
export function errorLine(
  { record, stage, className, error }: DeadLetter,
  { pipeline, task, includeMessages }: ErrorLineOptions,
): string {
  const { topic, partition, offset, timestamp } = record;
  const when = timestamp === -1 ? '' : `, timestamp=${timestamp}`;
  const where = includeMessages
    ? `, where consumed record is {topic='${topic}', partition=${partition}, offset=${offset}${when}}`
    : '';
  return `Error encountered in task ${pipeline}-${task}. Executing stage '${stage}' with class '${className}'${where}. ${error.name}: ${describeError(error)}`;
}
