import { type TopicPartition } from '../../core/record-batch.ts';

/** A member of the group and the topics that it subscribed to. */
export interface GroupMember {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/**
 * Kafka's RangeAssignor: for each topic, the members in the order of their ids get consecutive partitions, the first
 * ones one more when it does not come out even. It is the first choice of a Java consumer, so that a group can hold
 * Java members and ours at once.
 *
 * @returns for each member id its partitions by topic.
 */
export function assignRanges(
  members: readonly GroupMember[],
  partitionCount: (topic: string) => number,
): Map<string, Map<string, number[]>> {
  const assignment = new Map<string, Map<string, number[]>>();
  const subscribers = new Map<string, string[]>();
  for (const { memberId, topics } of members) {
    assignment.set(memberId, new Map());
    for (const topic of new Set(topics)) subscribers.set(topic, [...(subscribers.get(topic) ?? []), memberId]);
  }
  for (const [topic, memberIds] of subscribers) {
    memberIds.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const partitions = partitionCount(topic);
    const share = Math.floor(partitions / memberIds.length);
    const extra = partitions % memberIds.length;
    let next = 0;
    for (const [index, memberId] of memberIds.entries()) {
      const count = share + (index < extra ? 1 : 0);
      if (count > 0)
        assignment.get(memberId)?.set(
          topic,
          Array.from({ length: count }, (_, i) => next + i),
        );
      next += count;
    }
  }
  return assignment;
}

/** A flat list of an assignment by topic. */
export function flattenAssignment(assignment: Readonly<Record<string, readonly number[]>>): TopicPartition[] {
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}
