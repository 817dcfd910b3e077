import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignRanges, flattenAssignment, type GroupMember } from '../../../src/streams/kafka/range-assignor.ts';

function member(memberId: string, ...topics: string[]): GroupMember {
  return { memberId, topics };
}

function assign(members: readonly GroupMember[], counts: Readonly<Record<string, number>>): Record<string, unknown> {
  const assignment = assignRanges(members, (topic) => counts[topic] ?? 0);
  return Object.fromEntries([...assignment].map(([id, topics]) => [id, Object.fromEntries(topics)]));
}

// The names and figures of Kafka's own RangeAssignorTest.
describe('assignRanges, as RangeAssignor', () => {
  it.each<[string, GroupMember[], Record<string, number>, Record<string, unknown>]>([
    ['one consumer, no topic', [member('consumer1')], {}, { consumer1: {} }],
    ['one consumer, a topic that is not there', [member('consumer1', 'topic')], {}, { consumer1: {} }],
    ['one consumer, one topic', [member('consumer1', 'topic1')], { topic1: 3 }, { consumer1: { topic1: [0, 1, 2] } }],
    [
      'only topics that were subscribed to',
      [member('consumer1', 'topic1')],
      { topic1: 3, other: 3 },
      { consumer1: { topic1: [0, 1, 2] } },
    ],
    [
      'one consumer, several topics',
      [member('consumer1', 'topic1', 'topic2')],
      { topic1: 1, topic2: 2 },
      { consumer1: { topic1: [0], topic2: [0, 1] } },
    ],
    [
      'two consumers, one topic, one partition',
      [member('consumer1', 'topic1'), member('consumer2', 'topic1')],
      { topic1: 1 },
      { consumer1: { topic1: [0] }, consumer2: {} },
    ],
    [
      'two consumers, one topic, two partitions',
      [member('consumer1', 'topic1'), member('consumer2', 'topic1')],
      { topic1: 2 },
      { consumer1: { topic1: [0] }, consumer2: { topic1: [1] } },
    ],
    [
      'several consumers, mixed topics',
      [member('consumer1', 'topic1'), member('consumer2', 'topic1', 'topic2'), member('consumer3', 'topic1')],
      { topic1: 3, topic2: 2 },
      { consumer1: { topic1: [0] }, consumer2: { topic1: [1], topic2: [0, 1] }, consumer3: { topic1: [2] } },
    ],
    [
      'two consumers, two topics, six partitions',
      [member('consumer1', 'topic1', 'topic2'), member('consumer2', 'topic1', 'topic2')],
      { topic1: 3, topic2: 3 },
      { consumer1: { topic1: [0, 1], topic2: [0, 1] }, consumer2: { topic1: [2], topic2: [2] } },
    ],
    [
      'members in the order of their ids, not in that in which they came',
      [member('b', 't'), member('a', 't'), member('C', 't')],
      { t: 5 },
      { b: { t: [4] }, a: { t: [2, 3] }, C: { t: [0, 1] } },
    ],
    [
      'a topic that is named twice',
      [member('a', 't', 't'), member('b', 't')],
      { t: 2 },
      { a: { t: [0] }, b: { t: [1] } },
    ],
  ])('%s', (_, members, counts, expected) => {
    expect(assign(members, counts)).toEqual(expected);
  });

  it('gives each partition to exactly one subscriber, and nobody two more than another', () => {
    const members = fc.uniqueArray(
      fc.record({ memberId: fc.string({ minLength: 1 }), topics: fc.subarray(['a', 'b', 'c']) }),
      { minLength: 1, maxLength: 8, selector: ({ memberId }) => memberId },
    );
    fc.assert(
      fc.property(members, fc.record({ a: fc.nat(20), b: fc.nat(20), c: fc.nat(20) }), (group, counts) => {
        const assignment = assignRanges(group, (topic) => counts[topic as 'a']);
        expect([...assignment.keys()].sort()).toEqual(group.map(({ memberId }) => memberId).sort());
        for (const topic of ['a', 'b', 'c'] as const) {
          const subscribers = group.filter(({ topics }) => topics.includes(topic));
          if (subscribers.length === 0) continue;
          const shares = subscribers.map(({ memberId }) => assignment.get(memberId)?.get(topic) ?? []);
          expect(shares.flat().sort((x, y) => x - y)).toEqual(
            Array.from({ length: counts[topic] }, (_, index) => index),
          );
          const sizes = shares.map(({ length }) => length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe('flattenAssignment', () => {
  it('lists the partitions of all topics', () => {
    expect(flattenAssignment({ a: [0, 2], b: [1], c: [] })).toEqual([
      { topic: 'a', partition: 0 },
      { topic: 'a', partition: 2 },
      { topic: 'b', partition: 1 },
    ]);
  });
});
