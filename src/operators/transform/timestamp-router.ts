import { DataError } from '../decode/converter.ts';
import { readDateFormat } from './date-format-option.ts';
import { type CreateTransform } from './transform.ts';

const PLACEHOLDER = /\$\{(topic|timestamp)\}/g;

/** `org.apache.kafka.connect.transforms.TimestampRouter`: a topic with the time of the record in its name. */
export const createTimestampRouter: CreateTransform = (options) => {
  const topicFormat = options.text('topic.format') ?? '${topic}-${timestamp}';
  const format = readDateFormat(options, 'timestamp.format', 'yyyyMMdd');
  return {
    routesByRecord: true,
    apply: (record) => {
      const { topic, timestamp, origin } = record;
      if (timestamp === null) {
        throw new DataError(
          `Timestamp missing on record: topic ${topic}, partition ${origin.partition}, offset ${origin.offset}`,
        );
      }
      const text = format.format(timestamp);
      return record.withTopic(topicFormat.replace(PLACEHOLDER, (_, name) => (name === 'topic' ? topic : text)));
    },
  };
};
