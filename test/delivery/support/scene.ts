import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Emulator, type EmulatorOptions, type FaultSpec, startEmulator } from '../../../emulator/index.ts';
import { MainProcess } from '../../e2e/support/main-process.ts';
import { eventually } from '../../support/eventually.ts';
import { BodyGate } from './body-gate.ts';
import { type FaultyKafka } from './faulty-kafka.ts';
import { type CuttableHold, type Hold } from './hold.ts';
import { type Place } from './steps.ts';
import { type TestHooks } from './test-hooks.ts';

const DATABASE = 'd';
const COLUMNS = 'id BIGINT, note STRING) DUPLICATE KEY(id';
/** Milliseconds that everything may take to be loaded, members that have to be missed included. */
const LOADED_MS = 75_000;
/** Beyond StarRocks' own limit for a load that nobody ends. */
const LOAD_TIMEOUT_MS = 601_000;
/** Makes a body of a few rows longer than one that is kept in its middle. */
const NOTE = 'x'.repeat(150);

/** Lines of each process that a test which failed shows. */
const LOG_LINES = 40;

/** What may differ from one scene to another. */
export interface SceneOptions {
  readonly partitions?: number;
  readonly emulator?: EmulatorOptions;
  /** Columns and keys of the table. */
  readonly table?: string;
  /** Settings of the pipeline, by section. */
  readonly kafka?: Readonly<Record<string, unknown>>;
  readonly starrocks?: Readonly<Record<string, unknown>>;
  readonly connectTransforms?: Readonly<Record<string, unknown>>;
  /** What the names of further tables add to the topic's: the rows may be in any of them. */
  readonly otherTables?: readonly string[];
}

/** A StarRocks, a topic, a table of the same name and a pipeline between them, all of one test. */
export class Scene {
  readonly kafka: FaultyKafka;
  readonly starrocks: Emulator;
  readonly pipeline: string;
  readonly topic: string;
  readonly partitions: number;
  /** The pipeline file. */
  readonly file: string;
  /** Where the rows are, the topic's own table first. */
  readonly tables: readonly string[];
  readonly #hooks: TestHooks;
  readonly #bodies: BodyGate;
  #produced = 0;

  private constructor(
    parts: Pick<Scene, 'kafka' | 'starrocks' | 'pipeline' | 'topic' | 'partitions' | 'file' | 'tables'>,
    bodies: BodyGate,
    hooks: TestHooks,
  ) {
    ({
      kafka: this.kafka,
      starrocks: this.starrocks,
      pipeline: this.pipeline,
      topic: this.topic,
      partitions: this.partitions,
      file: this.file,
      tables: this.tables,
    } = parts);
    this.#bodies = bodies;
    this.#hooks = hooks;
  }

  static async create(hooks: TestHooks, kafka: FaultyKafka, options: SceneOptions = {}): Promise<Scene> {
    const { partitions = 1, table } = options;
    const unique = randomUUID().slice(0, 8);
    const topic = `orders_${unique}`;
    const pipeline = `load-${unique}`;
    const starrocks = await startEmulator(options.emulator);
    hooks.onTestFinished(() => starrocks.close());
    const [beUrl = ''] = starrocks.beUrls;
    const backend = new URL(beUrl);
    const bodies = await BodyGate.open(Number(backend.port));
    hooks.onTestFinished(() => bodies.close());
    const dir = await mkdtemp(join(tmpdir(), 'tributary-'));
    hooks.onTestFinished(() => rm(dir, { recursive: true, force: true }));
    await starrocks.query(`CREATE DATABASE ${DATABASE}`);
    await kafka.createTopic(topic, partitions);
    const file = join(dir, 'pipeline.json');
    await writeFile(
      file,
      JSON.stringify({
        name: pipeline,
        kafka: {
          brokers: [kafka.brokers],
          clientId: pipeline,
          topics: [topic],
          // A process that is killed keeps its partitions this long.
          sessionTimeoutMs: 2_500,
          heartbeatIntervalMs: 300,
          rebalanceTimeoutMs: 10_000,
          fetchMaxWaitMs: 100,
          ...options.kafka,
        },
        starrocks: {
          urls: starrocks.feUrls,
          database: DATABASE,
          username: 'root',
          password: '',
          addressMap: { [backend.host]: bodies.address },
          ...options.starrocks,
        },
        ...(options.connectTransforms && { connectTransforms: options.connectTransforms }),
        flush: { intervalMs: 50 },
      }),
    );
    const tables = [`${DATABASE}.${topic}`];
    for (const more of options.otherTables ?? []) tables.push(`${DATABASE}.${topic}${more}`);
    const scene = new Scene({ kafka, starrocks, pipeline, topic, partitions, file, tables }, bodies, hooks);
    for (const name of tables) await scene.createTable(table, name);
    return scene;
  }

  get database(): string {
    return DATABASE;
  }

  get table(): string {
    return `${DATABASE}.${this.topic}`;
  }

  get group(): string {
    return `connect-${this.pipeline}`;
  }

  get produced(): number {
    return this.#produced;
  }

  run(): MainProcess {
    return this.command('--log-level', 'debug', this.file);
  }

  /** `node dist/main.js` with these arguments. */
  command(...args: readonly string[]): MainProcess {
    const main = new MainProcess(args, (end) => this.#hooks.onTestFinished(end));
    this.#hooks.onTestFailed(() => {
      const lines = main.stdout.trimEnd().split('\n').slice(-LOG_LINES).join('\n');
      process.stderr.write(`The end of what process ${main.pid} of ${this.pipeline} said:\n${lines}\n${main.stderr}\n`);
    });
    return main;
  }

  /** A process that has its partitions. */
  async runUntilAssigned(): Promise<MainProcess> {
    const main = this.run();
    await eventually(() => expect(main.logged('Assigned').length).toBeGreaterThan(0), LOADED_MS);
    return main;
  }

  /** Produces the next rows, one after the other to each partition in turn. */
  async produce(count: number, send = this.kafka.send): Promise<void> {
    const from = this.#produced;
    this.#produced += count;
    for (let partition = 0; partition < this.partitions; partition++) {
      const values: string[] = [];
      for (let id = from; id < from + count; id++) if (id % this.partitions === partition) values.push(rowJson(id));
      if (values.length > 0) await send(this.topic, partition, values);
    }
  }

  /** Produces the next rows to one partition, with further fields. */
  async produceTo(partition: number, count: number, fields: object = {}, send = this.kafka.send): Promise<void> {
    const from = this.#produced;
    this.#produced += count;
    const values = Array.from({ length: count }, (_, index) => rowJson(from + index, fields));
    await send(this.topic, partition, values);
  }

  /** Makes the table, with other columns and keys when it is to be another one. */
  async createTable(columns = COLUMNS, name = this.table): Promise<void> {
    await this.starrocks.query(`CREATE TABLE ${name} (${columns}) DISTRIBUTED BY HASH(id)`);
  }

  /** Keeps the next message of this kind from going on. */
  hold(place: Place): Hold {
    if (place === 'body') return this.#bodies.hold();
    if ('kafka' in place) return this.#holdCommit(place);
    const { what, id, struck } = this.#fault({ at: place.starrocks, when: place.when, hang: true });
    return {
      what,
      get isReached() {
        return struck();
      },
      release: () => this.starrocks.clearFaults(id),
    };
  }

  /** Lets the next message of this kind come, and resets its connection there. */
  armCut(place: Place): CuttableHold {
    if (place === 'body') return this.#bodies.hold();
    if ('kafka' in place) return this.#holdCommit(place);
    const { what, struck } = this.#fault({ at: place.starrocks, when: place.when, cut: true });
    return {
      what,
      get isReached() {
        return struck();
      },
      // StarRocks does it by itself.
      cut: () => undefined,
      release: () => undefined,
    };
  }

  /** Waits until every produced row is in the table. */
  async untilLoaded(): Promise<void> {
    await eventually(async () => {
      const [row] = await this.starrocks.query(`SELECT count(DISTINCT id) AS n FROM (${this.#select('id')}) AS loaded`);
      expect(Number(row?.n), `rows of ${this.pipeline}`).toBe(this.#produced);
    }, LOADED_MS);
  }

  /** Ends a process as a person does: everything that was read is loaded and committed by then. */
  async stop(main: MainProcess): Promise<void> {
    main.signal('SIGTERM');
    expect({ ...(await main.exited), stderr: main.stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  }

  /** The table holds every produced row once and nothing else; Kafka and StarRocks hold nothing that is unfinished. */
  async expectExactlyOnce(): Promise<void> {
    await this.expectRows();
    await this.expectCommitted(
      Array.from({ length: this.partitions }, (_, partition) =>
        Math.ceil((this.#produced - partition) / this.partitions),
      ),
    );
    await this.expectNothingOpen();
    await this.expectRows();
  }

  /** The table holds these rows once each, by default every produced one, and nothing else. */
  async expectRows(ids = Array.from({ length: this.#produced }, (_, id) => id)): Promise<void> {
    const rows = await this.starrocks.query(`${this.#select('id, note')} ORDER BY id`);
    expect(rows.map(({ id, note }) => `${String(id)} ${String(note)}`)).toEqual(ids.map((id) => `${id} ${noteOf(id)}`));
  }

  /** The group stands at these offsets, and nothing else is written there: so anybody can take it over. */
  async expectCommitted(offsets: readonly number[]): Promise<void> {
    expect(await this.kafka.committed(this.group, this.topic)).toEqual(
      offsets.map((offset) => ({ offset, metadata: '' })),
    );
  }

  /** What a dead process began too late for anybody to know of it ends with its time; everything else has ended. */
  async expectNothingOpen(): Promise<void> {
    this.starrocks.advanceClock(LOAD_TIMEOUT_MS);
    this.starrocks.sweep();
    await eventually(() => expect(this.starrocks.stats().openTransactions).toBe(0));
  }

  #select(columns: string): string {
    return this.tables.map((table) => `SELECT ${columns} FROM ${table}`).join(' UNION ALL ');
  }

  #fault(spec: FaultSpec): { readonly what: string; readonly id: number; readonly struck: () => boolean } {
    const id = this.starrocks.addFault(spec);
    // One that has struck is no longer to come.
    const struck = (): boolean => !this.starrocks.faults().some((fault) => fault.id === id);
    return { what: `${spec.at}, ${spec.when ?? 'before'} StarRocks acts`, id, struck };
  }

  #holdCommit({ kafka: entry, when }: Extract<Place, { kafka: unknown }>): CuttableHold {
    return this.kafka.holdCommit({ clientId: this.pipeline, entry, when });
  }
}

function rowJson(id: number, fields: object = {}): string {
  return JSON.stringify({ id, note: noteOf(id), ...fields });
}

function noteOf(id: number): string {
  return `row ${id} ${NOTE}`;
}
