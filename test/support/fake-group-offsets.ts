import { type GroupOffsets, type OffsetChange } from '../../src/streams/group-offsets.ts';
import { type CommittedOffset } from '../../src/streams/source.ts';

/** A group's offsets in memory. */
export class FakeGroupOffsets implements GroupOffsets {
  members = 0;
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

  replace(changes: readonly OffsetChange[]): Promise<void> {
    this.offsets = this.offsets.map((committed) => {
      const change = changes.find(
        ({ from }) => from.topic === committed.topic && from.partition === committed.partition,
      );
      return change ? { ...committed, offset: change.offset, metadata: '' } : committed;
    });
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
