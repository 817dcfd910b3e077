import { map, pipe } from 'rxjs';
import { Credits } from '../../../src/core/credits.ts';
import { type RawValue, type RecordBatch } from '../../../src/core/record-batch.ts';
import { TaskStats } from '../../../src/core/task-stats.ts';
import { jsonRows } from '../../../src/operators/encode/json-rows.ts';
import { encodeRows } from '../../../src/operators/encode-rows.ts';
import { flushBy } from '../../../src/operators/flush-by.ts';
import { OffsetCommitter } from '../../../src/streams/offset-committer.ts';
import { PartitionActor } from '../../../src/streams/partition-actor.ts';
import { PartitionSupervisor, type PartitionSupervisorOptions } from '../../../src/streams/partition-supervisor.ts';
import { FakeLane } from '../../support/fake-lane.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

/** A task's streams without Kafka and StarRocks: everything between the source port and the table lane is real. */
export interface Streams {
  readonly source: FakeSource;
  readonly lane: FakeLane;
  readonly credits: Credits;
  readonly committer: OffsetCommitter;
  readonly supervisor: PartitionSupervisor;
  readonly stats: TaskStats;
  readonly logger: RecordingLogger;
  readonly failures: Error[];
  /** Topics whose lane has stopped. */
  readonly stopped: Set<string>;
  /** Topics whose partitions cannot be built. */
  readonly refused: Map<string, Error>;
}

/** What a test may want to be different. */
export interface StreamsOptions {
  readonly budget?: number;
  readonly flushBytes?: number;
  readonly drainMs?: number;
  readonly recover?: PartitionSupervisorOptions['recover'];
}

export function createStreams({
  budget = 1000,
  flushBytes = 10,
  drainMs = 5000,
  recover = () => Promise.resolve({ kind: 'repeat' }),
}: StreamsOptions = {}): Streams {
  const source = new FakeSource();
  const lane = new FakeLane();
  const stats = new TaskStats();
  const logger = new RecordingLogger();
  const failures: Error[] = [];
  const stopped = new Set<string>();
  const refused = new Map<string, Error>();
  const credits = new Credits({
    budget,
    onChange(holder, blocked) {
      const actor = supervisor.actor(holder);
      if (blocked) actor?.pause('budget');
      else actor?.resume('budget');
    },
  });
  const committer = new OffsetCommitter({ source, positionDelayMs: 0, stats, logger });
  const supervisor = new PartitionSupervisor({
    source,
    committer,
    stats,
    logger,
    drainMs,
    onAssigned: () => undefined,
    recover,
    isStopped: (topic) => stopped.has(topic),
    onFailed: (error) => failures.push(error),
    createActor(position) {
      const refusal = refused.get(position.topic);
      if (refusal) throw refusal;
      return new PartitionActor({
        position,
        lane,
        credits,
        operators: pipe(
          map((batch: RecordBatch<RawValue>): RecordBatch => batch),
          encodeRows(jsonRows),
        ),
        flush: flushBy({
          maxBytes: flushBytes,
          maxRecords: Number.POSITIVE_INFINITY,
          maxAgeMs: 1000,
          bytesOf: (batch) => batch.bytes,
          recordsOf: (batch) => batch.rows,
          demand$: lane.demand$,
        }),
        onPaused: (paused) => (paused ? source.pause(position) : source.resume(position)),
        onPosition: (next) => supervisor.acknowledged(next),
      });
    },
  });
  return { source, lane, credits, committer, supervisor, stats, logger, failures, stopped, refused };
}
