import { readTopicRewrite } from './topic-rewrite.ts';
import { type CreateTransform } from './transform.ts';

/** `org.apache.kafka.connect.transforms.RegexRouter`: another topic for those whose whole name matches. */
export const createRegexRouter: CreateTransform = (options) => {
  const rewrite = readTopicRewrite(options, 'regex', 'replacement');
  return {
    topicOf: rewrite,
    apply: (record) => {
      const topic = rewrite(record.topic);
      return topic === undefined ? record : record.withTopic(topic);
    },
  };
};
