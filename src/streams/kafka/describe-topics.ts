import { type KafkaConnectionOptions } from './client-options.ts';
import { ClusterMap } from './fetch/cluster-map.ts';
import { LEADER_NOT_AVAILABLE } from './fetch/error-codes.ts';
import { type TopicMetadata } from './fetch/metadata-api.ts';

/**
 * The topics that the brokers let us see now, by name: of all, or of those with these names. A partition of one may be
 * without a leader.
 *
 * A request of our own, because KafkaJS brings no answer at all while a partition of one of them has no leader: a topic
 * that was made just now, or somebody else's whose only replica is down.
 *
 * @throws UnavailableError when no broker answers.
 */
export async function describeTopics(
  options: KafkaConnectionOptions,
  names?: readonly string[],
): Promise<ReadonlyMap<string, TopicMetadata>> {
  const done = new AbortController();
  try {
    const topics = await new ClusterMap(options, done.signal).topics(names);
    const seen = topics.filter(({ error }) => error === 0 || error === LEADER_NOT_AVAILABLE);
    return new Map(seen.map((topic) => [topic.topic, topic]));
  } finally {
    done.abort();
  }
}

/** Whether each partition of a topic has a leader, so that it can be read and written. */
export function isLed({ partitions }: TopicMetadata): boolean {
  return partitions.length > 0 && partitions.every(({ leader }) => leader >= 0);
}
