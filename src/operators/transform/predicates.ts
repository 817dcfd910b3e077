import { type ConnectRecord } from '../../core/connect-record.ts';
import { readPattern } from './topic-rewrite.ts';
import { type TransformOptions } from './transform-options.ts';

/** Whether a transform is meant for a record. */
export interface Predicate {
  readonly test: (record: ConnectRecord) => boolean;

  /** The same for all records of a topic, where no more than its name counts. */
  readonly testTopic?: (topic: string) => boolean;
}

export type CreatePredicate = (options: TransformOptions) => Predicate;

/** `org.apache.kafka.connect.transforms.predicates.TopicNameMatches`: the whole name of the topic. */
export const createTopicNameMatches: CreatePredicate = (options) => {
  const { whole } = readPattern(options, 'pattern');
  return { test: ({ topic }) => whole.test(topic), testTopic: (topic) => whole.test(topic) };
};

/** `org.apache.kafka.connect.transforms.predicates.HasHeaderKey`. */
export const createHasHeaderKey: CreatePredicate = (options) => {
  const name = options.requiredText('name');
  if (name === '') throw options.invalid('name', 'String must be non-empty');
  return { test: ({ headers }) => headers.some((header) => header.name === name) };
};

/** `org.apache.kafka.connect.transforms.predicates.RecordIsTombstone`: there is no value. */
export const createRecordIsTombstone: CreatePredicate = () => ({ test: ({ value }) => value === null });
