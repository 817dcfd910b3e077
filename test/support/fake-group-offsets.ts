import { type GroupOffsets, type OffsetReplacement } from '../../src/streams/group-offsets.ts';
import { type CommittedOffset } from '../../src/streams/source.ts';

/** A group's offsets in memory. */
export class FakeGroupOffsets implements GroupOffsets {
  members = 0;
  /** Partitions of the topics that exist. */
  readonly topics = new Map<string, number>();
  offsets: CommittedOffset[];

  constructor(offsets: CommittedOffset[]) {
    this.offsets = offsets;
  }

  committed(): Promise<CommittedOffset[]> {
    return Promise.resolve([...this.offsets]);
  }

  memberCount(): Promise<number> {
    return Promise.resolve(this.members);
  }

  replace(changes: readonly OffsetReplacement[]): Promise<void> {
    for (const { from, offset } of changes) {
      const { topic, partition } = from;
      const at = this.offsets.findIndex((known) => known.topic === topic && known.partition === partition);
      const committed = { topic, partition, offset, metadata: '' };
      if (at < 0) this.offsets.push(committed);
      else this.offsets[at] = committed;
    }
    return Promise.resolve();
  }

  forget(): Promise<void> {
    this.offsets = [];
    return Promise.resolve();
  }

  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(new Map([...this.topics].filter(([topic]) => topics.includes(topic))));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
