import { partitionKey, type TopicPartition } from '../../src/core/record-batch.ts';
import { type Position, type Source, type SourceListener } from '../../src/streams/source.ts';

/** A commit whose answer a test gives. */
export interface CommitUnderWay {
  readonly positions: readonly Position[];
  succeed(): void;
  fail(error?: Error): void;
}

/** A request for positions whose answer a test gives. */
export interface PositionsUnderWay {
  succeed(): void;
  fail(error: Error): void;
}

/** Kafka behind the source port. It delivers nothing by itself; its answers come when a test says so. */
export class FakeSource implements Source {
  readonly committed = new Map<string, number>();
  /** Where the partitions that were opened are read next. */
  readonly cursors = new Map<string, number>();
  readonly paused = new Set<string>();
  readonly commits: CommitUnderWay[] = [];
  readonly asked: PositionsUnderWay[] = [];
  /** Looks at each commit when it is asked for. */
  onCommit: (positions: readonly Position[]) => void = () => undefined;

  start(listener: SourceListener): Promise<void> {
    listener.assigned(1, []);
    return Promise.resolve();
  }

  positions(partitions: readonly TopicPartition[]): Promise<Position[]> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        succeed: () =>
          resolve(
            partitions.map(({ topic, partition }) => ({
              topic,
              partition,
              offset: this.committed.get(partitionKey({ topic, partition })) ?? 0,
            })),
          ),
        fail: reject,
      });
    });
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

  commit(positions: readonly Position[]): Promise<void> {
    this.onCommit(positions);
    return new Promise((resolve, reject) => {
      this.commits.push({
        positions,
        succeed: () => {
          for (const position of positions) this.committed.set(partitionKey(position), position.offset);
          resolve();
        },
        fail: (error = new Error('the group has moved on')) => reject(error),
      });
    });
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }
}
