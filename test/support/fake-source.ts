import { partitionKey, type TopicPartition } from '../../src/core/record-batch.ts';
import {
  type CommittedOffset,
  type OffsetCommit,
  type Position,
  type Source,
  type SourceListener,
} from '../../src/streams/source.ts';

/** A commit whose answer a test gives. */
export interface CommitUnderWay {
  readonly positions: readonly OffsetCommit[];
  succeed(): void;
  fail(error?: Error): void;
}

/** A request for the committed offsets whose answer a test gives. */
export interface PositionsUnderWay {
  succeed(): void;
  fail(error: Error): void;
}

/** Kafka behind the source port. It delivers nothing by itself; its answers come when a test says so. */
export class FakeSource implements Source {
  readonly committedOffsets = new Map<string, number>();
  readonly metadata = new Map<string, string>();
  /** Where the partitions that were opened are read next. */
  readonly cursors = new Map<string, number>();
  readonly paused = new Set<string>();
  readonly commits: CommitUnderWay[] = [];
  readonly asked: PositionsUnderWay[] = [];
  joins = 0;
  /** Looks at each commit when it is asked for. */
  onCommit: (positions: readonly OffsetCommit[]) => void = () => undefined;

  start(listener: SourceListener): Promise<void> {
    listener.assigned(1, []);
    return Promise.resolve();
  }

  committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        succeed: () =>
          resolve(
            partitions.map(({ topic, partition }) => ({
              topic,
              partition,
              offset: this.committedOffsets.get(partitionKey({ topic, partition })),
              metadata: this.metadata.get(partitionKey({ topic, partition })) ?? '',
            })),
          ),
        fail: reject,
      });
    });
  }

  startingPositions(committed: readonly CommittedOffset[]): Promise<Position[]> {
    return Promise.resolve(
      committed.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset ?? 0 })),
    );
  }

  open(position: Position): void {
    this.cursors.set(partitionKey(position), position.offset);
  }

  pause(partition: TopicPartition): void {
    this.paused.add(partitionKey(partition));
  }

  resume(partition: TopicPartition): void {
    this.paused.delete(partitionKey(partition));
  }

  commit(positions: readonly OffsetCommit[]): Promise<void> {
    this.onCommit(positions);
    return new Promise((resolve, reject) => {
      this.commits.push({
        positions,
        succeed: () => {
          for (const position of positions) {
            this.committedOffsets.set(partitionKey(position), position.offset);
            this.metadata.set(partitionKey(position), position.metadata ?? '');
          }
          resolve();
        },
        fail: (error = new Error('the group has moved on')) => reject(error),
      });
    });
  }

  joinAgain(): Promise<void> {
    this.joins++;
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
