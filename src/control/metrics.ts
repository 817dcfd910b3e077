import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type DoneLoad } from '../core/task-stats.ts';
import { type Pipeline } from '../pipeline.ts';

const NAMES = { connector: 'connector', table: 'table' } as const;
/** Seconds; a load takes from milliseconds to the limit of StarRocks. */
const LOAD_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What the tasks of this process do, as Prometheus reads it. Counters begin anew with each task, as Prometheus expects. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #running = new Set<Pipeline>();
  readonly #loadSeconds: Histogram<'connector' | 'table'>;
  readonly #rowsLoaded: Counter<'connector' | 'table'>;
  readonly #rowsFiltered: Counter<'connector' | 'table'>;
  readonly #bytesLoaded: Counter<'connector' | 'table'>;

  constructor() {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    const byTable = { labelNames: Object.values(NAMES), registers };
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
      (task, add) => {
        for (const [table, causes] of task.stats.retriesOf) {
          for (const [cause, count] of causes) add({ table, cause }, count);
        }
      },
    );
    this.#collected(
      Counter,
      'tributary_batches_total',
      'Batches of records, by what closed them.',
      ['reason'],
      (task, add) => {
        for (const [reason, count] of task.stats.batches) add({ reason }, count);
      },
    );
    this.#collected(
      Counter,
      'tributary_transactions_total',
      'Loads in two phases, by how they ended.',
      ['outcome'],
      (task, add) => {
        for (const [outcome, count] of task.stats.transactions) add({ outcome: outcome.replace(' ', '_') }, count);
      },
    );
    this.#collected(
      Counter,
      'tributary_bad_records_total',
      'Records that were left out because they cannot be loaded.',
      [],
      (task, add) => add({}, task.stats.badRecords),
    );
    this.#collected(Counter, 'tributary_commits_total', "Commits of Kafka's offsets.", ['result'], (task, add) => {
      add({ result: 'done' }, task.stats.commits);
      add({ result: 'failed' }, task.stats.commitFailures);
    });
    this.#collected(
      Counter,
      'tributary_rebalances_total',
      'Times that partitions were assigned to the task.',
      [],
      (task, add) => add({}, task.stats.assignments),
    );
    this.#collected(
      Counter,
      'tributary_fetch_stalls_total',
      'Times that nothing came from Kafka for too long.',
      [],
      (task, add) => add({}, task.stats.fetchStalls),
    );
    this.#collected(
      Gauge,
      'tributary_partition_lag_records',
      'Records of the partition that are not yet loaded.',
      ['topic', 'partition'],
      (task, add) => {
        for (const { topic, partition, end, position } of task.stats.partitions)
          add({ topic, partition }, Math.max(0, end - position));
      },
    );
    this.#collected(
      Gauge,
      'tributary_partition_offset',
      'The next offset of the partition that is not yet loaded.',
      ['topic', 'partition'],
      (task, add) => {
        for (const { topic, partition, position } of task.stats.partitions) add({ topic, partition }, position);
      },
    );
    this.#collected(
      Gauge,
      'tributary_partition_paused',
      '1 while the partition is not fetched, with the reason.',
      ['topic', 'partition', 'reason'],
      (task, add) => {
        for (const { topic, partition, reason } of task.pauses) add({ topic, partition, reason }, 1);
      },
    );
    this.#collected(
      Gauge,
      'tributary_in_flight_bytes',
      'Bytes of records between Kafka and StarRocks.',
      [],
      (task, add) => add({}, task.inFlight.bytes),
    );
    this.#collected(
      Gauge,
      'tributary_in_flight_limit_bytes',
      'The most bytes that there may be before partitions are paused.',
      [],
      (task, add) => add({}, task.config.buffer.maxBytes),
    );
    this.#collected(
      Gauge,
      'tributary_table_stopped',
      '1 while nothing is loaded into the table because of an error.',
      ['table'],
      (task, add) => {
        for (const { table } of task.stoppedTables) add({ table }, 1);
      },
    );
    this.#collected(
      Gauge,
      'tributary_table_trouble_seconds',
      'How long loads into the table have failed by now.',
      ['table'],
      (task, add) => {
        for (const [table, { since }] of task.stats.troubles) add({ table }, (Date.now() - since) / 1000);
      },
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** From now on, until the task ends. */
  add(task: Pipeline): void {
    const { name: connector } = task.config;
    this.#running.add(task);
    const count = ({ table, rows, filtered, bytes, ms }: DoneLoad): void => {
      this.#rowsLoaded.inc({ connector, table }, rows - filtered);
      this.#rowsFiltered.inc({ connector, table }, filtered);
      this.#bytesLoaded.inc({ connector, table }, bytes);
      this.#loadSeconds.observe({ connector, table }, ms / 1000);
    };
    const loads = task.stats.load$.subscribe({ next: count, error: () => undefined });
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
      labelNames: [NAMES.connector, ...labels],
      registers: [this.#registry],
      collect: () => {
        metric.reset();
        for (const task of this.#running) {
          read(task, (own, value) => metric.inc({ ...own, connector: task.config.name }, value));
        }
      },
    });
  }
}

type Read = (task: Pipeline, add: (labels: Readonly<Record<string, string | number>>, value: number) => void) => void;
