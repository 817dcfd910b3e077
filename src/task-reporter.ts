import { type PipelineConfig } from './config/model.ts';
import { type Credits } from './core/credits.ts';
import { partitionKey } from './core/record-batch.ts';
import { type PartitionReport, type TableReport, type TaskReport } from './core/task-report.ts';
import { type TaskSnapshot } from './core/task-snapshot.ts';
import { type TaskStats } from './core/task-stats.ts';
import { type TableLanes } from './sinks/starrocks/table-lanes.ts';
import { type PartitionSupervisor } from './streams/partition-supervisor.ts';

/** The parts of a pipeline that a report is about. */
export interface ReportedParts {
  readonly config: PipelineConfig;
  readonly stats: TaskStats;
  readonly credits: Pick<Credits, 'held' | 'peak' | 'total'>;
  readonly lanes: Pick<TableLanes, 'all'>;
  readonly supervisor: Pick<PartitionSupervisor, 'actor'>;
  /** What records pass on their way to rows. */
  readonly steps: readonly string[];
  /** What a batch is closed at. */
  readonly limits: () => { readonly bytes: number; readonly ms: number };
  /** The table that a topic goes into. */
  readonly tableOf: (topic: string) => string;
}

/** Tells what a pipeline is doing, and what it has done. */
export class TaskReporter {
  readonly #parts: ReportedParts;

  constructor(parts: ReportedParts) {
    this.#parts = parts;
  }

  snapshot(): TaskSnapshot {
    const { stats, credits } = this.#parts;
    return {
      report: this.#report(),
      counts: {
        batches: Object.fromEntries(stats.batches),
        transactions: Object.fromEntries(stats.transactions),
        retries: [...stats.retriesOf].flatMap(([table, causes]) =>
          Array.from(causes, ([cause, count]) => ({ table, cause, count })),
        ),
        commits: stats.commits,
        commitFailures: stats.commitFailures,
        assignments: stats.assignments,
        fetchStalls: stats.fetchStalls,
        peakBytesInFlight: credits.peak,
      },
      topics: [...stats.topics],
      lastLoad: stats.lastLoad,
    };
  }

  /** What it is doing, for people. */
  #report(): TaskReport {
    const { config, stats, credits, steps, limits } = this.#parts;
    const { bytes, ms } = limits();
    return {
      assigned: stats.assignments > 0,
      rows: stats.rowsLoaded,
      lastProgress: stats.lastProgress,
      inFlight: { bytes: credits.total, limit: config.buffer.maxBytes },
      partitions: this.#partitions(),
      steps,
      batches: { bytes, ...(config.flush.maxRecords !== undefined && { records: config.flush.maxRecords }), ms },
      tables: this.#tables(),
      badRecords: { count: stats.badRecords, last: stats.lastBadRecords },
      failures: stats.failures,
    };
  }

  #partitions(): PartitionReport[] {
    const { stats, credits, supervisor, tableOf } = this.#parts;
    return stats.partitions.map((progress) => {
      const key = partitionKey(progress);
      return {
        ...progress,
        table: tableOf(progress.topic),
        inFlightBytes: credits.held(key),
        pauses: supervisor.actor(key)?.pauseReasons ?? [],
      };
    });
  }

  /** Tables with a lane; then those that records name, which are loaded together with the table of their topic. */
  #tables(): TableReport[] {
    const { stats, lanes: all } = this.#parts;
    const lanes = new Map(all.all.map((lane) => [lane.table, lane]));
    return Array.from(new Set([...lanes.keys(), ...stats.loadedTables, ...stats.troubles.keys()]), (table) => {
      const { underway = 0, buffered = 0, halt } = lanes.get(table) ?? {};
      const trouble = stats.troubles.get(table);
      return {
        table,
        ...stats.loadedInto(table),
        underway,
        waitingBytes: buffered,
        retries: stats.retriesInto(table),
        ...(trouble && { trouble }),
        ...(halt && { stopped: halt }),
      };
    });
  }
}
