import { type CommittedOffset } from './source.ts';

/** A committed offset, and the one to put in its place. */
export interface OffsetChange {
  readonly from: CommittedOffset;
  readonly offset: number;
}

/** A committed offset, none where the group never committed one, and what stands there afterwards: an offset, or none. */
export interface OffsetReplacement {
  readonly from: CommittedOffset;
  readonly offset: number | undefined;
}

/** The port to a group's offsets for whoever isn't a member of it. Asks for a connection itself. */
export interface GroupOffsets {
  /** All that the group has committed, also in topics that it no longer reads. */
  committed(): Promise<CommittedOffset[]>;
  /** How many processes are in the group. One that was killed counts until its session has timed out. */
  memberCount(): Promise<number>;
  /**
   * Commits offsets without metadata, all in one request, and keeps everybody else out of the group meanwhile.
   *
   * @throws UnavailableError when somebody is in the group, or the offsets are no longer what they were.
   */
  replace(changes: readonly OffsetReplacement[]): Promise<void>;
  /**
   * Forgets all that the group has committed. A group that does not exist is left so.
   *
   * @throws UnavailableError when somebody is in the group.
   */
  forget(): Promise<void>;
  /** How many partitions these topics have; those that do not exist are left out. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}
