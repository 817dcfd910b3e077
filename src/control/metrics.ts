import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type TaskSnapshot } from '../core/task-snapshot.ts';
import { type DoneLoad } from '../core/task-stats.ts';
import { type Task, type TaskName } from './task.ts';

/** On every metric: what tasks of one connector count must not be mixed, as each begins anew by itself. */
const TASK = ['connector', 'task'] as const;
const TABLE = [...TASK, 'table'] as const;
type TableLabel = (typeof TABLE)[number];
/** Seconds; a load takes from milliseconds to the limit of StarRocks. */
const LOAD_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What the tasks of this process do, as Prometheus reads it. Counters begin anew with each task, as Prometheus expects. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #running = new Map<Task, TaskName>();
  readonly #loadSeconds: Histogram<TableLabel>;
  readonly #rowsLoaded: Counter<TableLabel>;
  readonly #rowsFiltered: Counter<TableLabel>;
  readonly #bytesLoaded: Counter<TableLabel>;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    const byTable = { labelNames: TABLE, registers };
    this.#rowsLoaded = new Counter({
      name: 'tributary_rows_loaded_total',
      help: 'Rows that StarRocks has taken.',
      ...byTable,
    });
    this.#rowsFiltered = new Counter({
      name: 'tributary_rows_filtered_total',
      help: 'Rows that StarRocks left out of loads, as max_filter_ratio or where allows.',
      ...byTable,
    });
    this.#bytesLoaded = new Counter({
      name: 'tributary_loaded_bytes_total',
      help: 'Bytes of rows that were loaded.',
      ...byTable,
    });
    this.#loadSeconds = new Histogram({
      name: 'tributary_load_duration_seconds',
      help: 'Time of loads that went through, from their first attempt on.',
      buckets: LOAD_SECONDS,
      ...byTable,
    });
    this.#collected(
      Counter,
      'tributary_load_retries_total',
      'Attempts to load that failed and were followed by another one.',
      ['table', 'cause'],
      ({ counts }, add) => {
        for (const { table, cause, count } of counts.retries) add({ table, cause }, count);
      },
    );
    this.#collected(
      Counter,
      'tributary_batches_total',
      'Batches of records, by what closed them.',
      ['reason'],
      ({ counts }, add) => {
        for (const [reason, count] of Object.entries(counts.batches)) add({ reason }, count);
      },
    );
    this.#collected(
      Counter,
      'tributary_transactions_total',
      'Loads in two phases, by how they ended.',
      ['outcome'],
      ({ counts }, add) => {
        for (const [outcome, count] of Object.entries(counts.transactions)) {
          add({ outcome: outcome.replace(' ', '_') }, count);
        }
      },
    );
    this.#collected(
      Counter,
      'tributary_bad_records_total',
      'Records that were left out because they cannot be loaded.',
      [],
      ({ report }, add) => add({}, report.badRecords.count),
    );
    this.#collected(
      Counter,
      'tributary_commits_total',
      "Commits of Kafka's offsets.",
      ['result'],
      ({ counts }, add) => {
        add({ result: 'done' }, counts.commits);
        add({ result: 'failed' }, counts.commitFailures);
      },
    );
    this.#collected(
      Counter,
      'tributary_rebalances_total',
      'Times that partitions were assigned to the task.',
      [],
      ({ counts }, add) => add({}, counts.assignments),
    );
    this.#collected(
      Counter,
      'tributary_fetch_stalls_total',
      'Times that nothing came from Kafka for too long.',
      [],
      ({ counts }, add) => add({}, counts.fetchStalls),
    );
    this.#collected(
      Gauge,
      'tributary_partition_lag_records',
      'Records of the partition that are not yet loaded.',
      ['topic', 'partition'],
      ({ report }, add) => {
        for (const { topic, partition, end, position } of report.partitions)
          add({ topic, partition }, Math.max(0, end - position));
      },
    );
    this.#collected(
      Gauge,
      'tributary_partition_offset',
      'The next offset of the partition that is not yet loaded.',
      ['topic', 'partition'],
      ({ report }, add) => {
        for (const { topic, partition, position } of report.partitions) add({ topic, partition }, position);
      },
    );
    this.#collected(
      Gauge,
      'tributary_partition_paused',
      '1 while the partition is not fetched, with the reason.',
      ['topic', 'partition', 'reason'],
      ({ report }, add) => {
        for (const { topic, partition, pauses } of report.partitions) {
          for (const reason of pauses) add({ topic, partition, reason }, 1);
        }
      },
    );
    this.#collected(
      Gauge,
      'tributary_in_flight_bytes',
      'Bytes of records between Kafka and StarRocks.',
      [],
      ({ report }, add) => add({}, report.inFlight.bytes),
    );
    this.#collected(
      Gauge,
      'tributary_in_flight_limit_bytes',
      'The most bytes that there may be before partitions are paused.',
      [],
      ({ report }, add) => add({}, report.inFlight.limit),
    );
    this.#collected(
      Gauge,
      'tributary_table_stopped',
      '1 while nothing is loaded into the table because of an error.',
      ['table'],
      ({ report }, add) => {
        for (const { table, stopped } of report.tables) if (stopped) add({ table }, 1);
      },
    );
    this.#collected(
      Gauge,
      'tributary_table_trouble_seconds',
      'How long loads into the table have failed by now.',
      ['table'],
      ({ report }, add) => {
        for (const { table, trouble } of report.tables) {
          if (trouble) add({ table }, (Date.now() - trouble.since) / 1000);
        }
      },
    );
    this.#collected(
      Gauge,
      'tributary_task_event_loop_lag_seconds',
      "How late the task's thread is with what it has to do. nodejs_eventloop_lag_* are of the main thread.",
      [],
      (_, add, { lagMs }) => {
        if (lagMs !== undefined) add({}, lagMs / 1000);
      },
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** From now on, until the task ends. */
  add(name: TaskName, task: Task): void {
    this.#running.set(task, name);
    const count = ({ table, rows, filtered, bytes, ms }: DoneLoad): void => {
      const labels = { ...name, table };
      this.#rowsLoaded.inc(labels, rows - filtered);
      this.#rowsFiltered.inc(labels, filtered);
      this.#bytesLoaded.inc(labels, bytes);
      this.#loadSeconds.observe(labels, ms / 1000);
    };
    const loads = task.load$.subscribe({ next: count, error: () => undefined });
    const leave = (): void => {
      this.#running.delete(task);
      loads.unsubscribe();
    };
    task.done.then(leave, leave);
  }

  /** All of it in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** A metric that is read from the running tasks whenever it is asked for. */
  #collected(
    Kind: typeof Counter | typeof Gauge,
    name: string,
    help: string,
    labels: readonly string[],
    read: Read,
  ): void {
    const metric = new Kind({
      name,
      help,
      labelNames: [...TASK, ...labels],
      registers: [this.#registry],
      collect: () => {
        metric.reset();
        for (const [task, name] of this.#running) {
          read(task.snapshot(), (own, value) => metric.inc({ ...own, ...name }, value), task);
        }
      },
    });
  }
}

type Read = (
  snapshot: TaskSnapshot,
  add: (labels: Readonly<Record<string, string | number>>, value: number) => void,
  task: Task,
) => void;
