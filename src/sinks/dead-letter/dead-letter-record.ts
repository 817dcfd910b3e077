import { DATA_EXCEPTION, type DeadLetterRecord, SOURCE_HEADER, sourceText } from '../../core/dead-letter.ts';
import { type DeadLetter } from '../../core/record-batch.ts';

/** Who sets bad records apart, and what is said about it. */
export interface DeadLetterContext {
  readonly pipeline: string;
  /** Number of the task in its pipeline, from 0. */
  readonly task: number;
  /** Whether Kafka Connect's `__connect.errors.*` headers are added. */
  readonly contextHeaders: boolean;
}

type Header = DeadLetterRecord['headers'][number];

const NO_TIMESTAMP = -1;

/**
 * What Kafka Connect writes to its dead letter queue for a record: key, value, headers and timestamp as they were read,
 * then its context headers, in its order, if they are wanted. The last header is our own, by which the record is known
 * again.
 *
 * Names in the context headers are Kafka Connect's where it has the same thing, so that tools which filter on them go on
 * working: a value that is not JSON is a DataException of its JsonConverter. Other errors have their own name, such as
 * RecordError for a row that StarRocks refused, because no Java class would be true of them.
 */
export function deadLetterRecord(letter: DeadLetter, context: DeadLetterContext): DeadLetterRecord {
  const { topic, partition, offset, timestamp, key, value, headers } = letter.record;
  const source = { topic, partition, offset };
  return {
    source,
    key,
    value,
    headers: [
      ...Object.entries(headers).flatMap(([name, given]) => headersOf(name, given)),
      ...(context.contextHeaders ? contextHeaders(letter, context) : []),
      [SOURCE_HEADER, sourceText(source)],
    ],
    timestamp: timestamp === NO_TIMESTAMP ? undefined : timestamp,
  };
}

/** A name that stands in a record more than once has a list of values. */
function headersOf(name: string, given: unknown): Header[] {
  const values: readonly unknown[] = Array.isArray(given) ? given : [given];
  return values.map((value) => [name, typeof value === 'string' || value instanceof Uint8Array ? value : null]);
}

function contextHeaders(
  { record, stage, className, error, exceptionClass }: DeadLetter,
  { pipeline, task }: DeadLetterContext,
): Header[] {
  const facts: readonly (readonly [string, string | null])[] = [
    ['topic', record.topic],
    ['partition', String(record.partition)],
    ['offset', String(record.offset)],
    ['connector.name', pipeline],
    ['task.id', String(task)],
    ['stage', stage],
    ['class.name', className],
    ['exception.class.name', exceptionClass ?? (stage.endsWith('_CONVERTER') ? DATA_EXCEPTION : error.name)],
    ['exception.message', error.message === '' ? null : error.message],
    ['exception.stacktrace', stackTrace(error)],
  ];
  return facts.map(([name, value]) => [`__connect.errors.${name}`, value]);
}

/** The stack of an error and of those behind it. */
function stackTrace(error: Error): string {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause instanceof Error ? `${own}\nCaused by: ${stackTrace(error.cause)}` : own;
}
