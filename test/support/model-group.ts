import { NotTakenError } from '../../src/core/errors.ts';
import { partitionKey, type TopicPartition } from '../../src/core/record-batch.ts';
import { type CommittedOffset, type OffsetCommit } from '../../src/streams/source.ts';

/** A commit as it reaches the group's coordinator. */
export interface GroupCommit {
  readonly member: object;
  readonly generation: number;
  /** Counts the member's commits. */
  readonly sequence: number;
  readonly offsets: readonly OffsetCommit[];
}

/**
 * A consumer group's offsets and generations. It fences a member that lost its place, but not a member that commits
 * what is somebody else's; and what is left of a connection is never handled after what came over a later one.
 */
export class ModelGroup {
  readonly #offsets = new Map<string, OffsetCommit>();
  readonly #fenced: boolean;
  readonly #onCommit: (offsets: readonly OffsetCommit[]) => void;
  readonly #joining = new Set<object>();
  readonly #handled = new Map<object, number>();
  #members: ReadonlySet<object> = new Set();
  #generation = 0;

  constructor({ fenced, onCommit }: { fenced: boolean; onCommit: (offsets: readonly OffsetCommit[]) => void }) {
    this.#fenced = fenced;
    this.#onCommit = onCommit;
  }

  get joining(): ReadonlySet<object> {
    return this.#joining;
  }

  /** The member waits for the next generation. */
  join(member: object): void {
    this.#joining.add(member);
  }

  leave(member: object): void {
    this.#joining.delete(member);
  }

  /** A new generation of everybody who joined; whoever did not is out. */
  begin(): { generation: number; members: object[] } {
    const members = [...this.#joining];
    this.#members = new Set(members);
    this.#joining.clear();
    return { generation: ++this.#generation, members };
  }

  commit({ member, generation, sequence, offsets }: GroupCommit): void {
    if (sequence < (this.#handled.get(member) ?? 0)) throw new Error('the connection was closed');
    this.#handled.set(member, sequence);
    if (this.#fenced && (generation !== this.#generation || !this.#members.has(member))) {
      throw new NotTakenError('the group has moved on');
    }
    for (const offset of offsets) this.#offsets.set(partitionKey(offset), offset);
    this.#onCommit(offsets);
  }

  committed(partitions: readonly TopicPartition[]): CommittedOffset[] {
    return partitions.map(({ topic, partition }) => {
      const committed = this.#offsets.get(partitionKey({ topic, partition }));
      return { topic, partition, offset: committed?.offset, metadata: committed?.metadata ?? '' };
    });
  }
}
