import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { vi } from 'vitest';
import { type DecisionLog, transactionsOf } from '../../src/core/load-decisions.ts';
import { type TopicPartition, withTables } from '../../src/core/record-batch.ts';
import { readDecision } from '../../src/streams/decision-metadata.ts';
import { type OffsetCommit } from '../../src/streams/source.ts';
import { ModelGroup } from './model-group.ts';
import { ModelNetwork, type ModelRequest } from './model-network.ts';
import { ModelStarRocks } from './model-starrocks.ts';
import { ModelTask, OWN_TABLE, type Recover } from './model-task.ts';
import { batchOf, utf8 } from './records.ts';

const TOPIC = 'orders';
const RECORDS = 40;
/** Every so-maniest record is a tombstone, which makes no row. */
const TOMBSTONE = 7;
const MOST_TASKS = 3;

/** What may happen, with two numbers that say where and how much. */
export const step = fc.record({
  what: fc.constantFrom(
    // Work that goes on.
    ...(['go', 'go', 'go', 'go', 'fetch', 'flush', 'assigned', 'wait'] as const),
    // Requests, one at a time: acted on, answered, lost.
    ...(['act', 'act', 'serve', 'serve', 'serve', 'lose', 'drop', 'refuse'] as const),
    // Processes and the group.
    ...(['kill', 'freeze', 'thaw', 'rejoin', 'rejoin', 'generation', 'generation'] as const),
    // A person at the REST API.
    ...(['pause', 'resume', 'resume'] as const),
    // StarRocks by itself, and its operator.
    ...(['publish', 'forget', 'forget', 'time out', 'operator'] as const),
  ),
  a: fc.nat(1000),
  b: fc.nat(1000),
});
export type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** How the model may be broken, to show what its parts are for. */
export interface Flaws {
  /** The group takes commits of members that lost their place. */
  readonly unfenced?: boolean;
  readonly wrapDecisions?: (decisions: DecisionLog) => DecisionLog;
  readonly wrapRecover?: (recover: Recover) => Recover;
}

/** Kafka, StarRocks and a few processes, with what must hold after every step. */
export class ModelWorld {
  readonly #network = new ModelNetwork();
  readonly #group: ModelGroup;
  readonly #starRocks: ModelStarRocks;
  readonly #tasks: ModelTask[] = [];
  readonly #partitions: TopicPartition[];
  readonly #flaws: Flaws;
  /** Labels whose decision Kafka took. */
  readonly #decided = new Set<string>();
  /** By the label of each transaction: the labels of all transactions of its load. */
  readonly #loads = new Map<string, readonly string[]>();
  readonly #broken: string[] = [];
  readonly #tables: number;

  /** @param tables How many tables the records of each partition go into. */
  constructor(partitions: number, tables: number, flaws: Flaws) {
    this.#flaws = flaws;
    this.#tables = tables;
    this.#partitions = Array.from({ length: partitions }, (_, partition) => ({ topic: TOPIC, partition }));
    this.#group = new ModelGroup({
      fenced: flaws.unfenced !== true,
      onCommit: (offsets) => this.#checkOffsets(offsets),
    });
    this.#starRocks = new ModelStarRocks((label) => this.#checkCommit(label));
  }

  async take({ what, a, b }: Step): Promise<void> {
    const starRocks = this.#starRocks;
    switch (what) {
      case 'go':
        await this.#go((a % 8) + 1);
        break;
      case 'fetch':
        this.#fetch(pick(this.#running, a), b);
        break;
      case 'flush':
        pick(this.#running, a)?.flush();
        break;
      case 'assigned':
        pick(this.#running, a)?.deliverAssignment();
        break;
      case 'wait':
        await vi.advanceTimersByTimeAsync(a * 2);
        break;
      case 'act':
        pick(this.#network.arrived, a)?.handle();
        break;
      case 'serve':
        serve(pick(this.#network.awaited, a));
        break;
      case 'lose':
        pick(this.#network.awaited, a)?.lose();
        break;
      case 'drop':
        pick(this.#network.awaited, a)?.drop();
        break;
      case 'refuse': {
        const request = pick(this.#network.awaited, a);
        request?.handle(true);
        request?.answer();
        break;
      }
      case 'kill':
        pick(this.#alive, a)?.kill();
        break;
      case 'freeze':
        if (b % 2 === 0) pick(this.#running, a)?.freeze();
        break;
      case 'thaw':
        pick(this.#frozen, a)?.thaw();
        break;
      case 'rejoin':
        if (this.#alive.length < MOST_TASKS && b % 2 === 0) this.#createTask().rejoin();
        else pick(this.#running, a)?.rejoin();
        break;
      case 'generation':
        this.#beginGeneration(a);
        break;
      case 'pause':
        pick(this.#running, a)?.hold();
        break;
      case 'resume':
        pick(this.#running, a)?.goOn();
        break;
      case 'publish':
        starRocks.publish(pick(starRocks.labels('COMMITTED'), a) ?? '');
        break;
      case 'forget':
        starRocks.forget(pick(starRocks.labels('VISIBLE', 'ABORTED'), a) ?? '');
        break;
      case 'time out':
        if (b % 4 === 0) starRocks.timeOut(pick(starRocks.labels('PREPARE'), a) ?? '');
        break;
      case 'operator':
        if (b % 4 === 0) starRocks.throwAway(this.#loads.get(pick(starRocks.labels('PREPARED'), a) ?? '') ?? []);
        break;
    }
    await setImmediate();
    this.#check();
  }

  /** From here on all goes well: whoever lives goes on, together with a new process; and what is late comes last. */
  async finish(): Promise<void> {
    for (const task of this.#tasks) {
      task.thaw();
      task.goOn();
    }
    this.#createTask();
    for (const task of this.#running) task.rejoin();
    for (let round = 0; round < 400 && !this.#isCommitted; round++) {
      // A task that goes on after a pause may join the group once more, and then everybody does.
      if (this.#group.joining.size > 0) for (const task of this.#running) task.rejoin();
      this.#beginGeneration(0);
      await this.#go(4);
      await vi.advanceTimersByTimeAsync(400);
    }
    for (const late of this.#network.arrived) late.handle();
    await setImmediate();
    this.#checkEnd();
    for (const task of this.#alive) task.kill();
  }

  get #alive(): ModelTask[] {
    return this.#tasks.filter(({ alive }) => alive);
  }

  get #running(): ModelTask[] {
    return this.#tasks.filter(({ running }) => running);
  }

  get #frozen(): ModelTask[] {
    return this.#tasks.filter(({ frozen }) => frozen);
  }

  get #isCommitted(): boolean {
    return this.#group
      .committed(this.#partitions)
      .every(({ offset, metadata }) => offset === RECORDS && metadata === '');
  }

  #createTask(): ModelTask {
    const { wrapDecisions, wrapRecover } = this.#flaws;
    const task = new ModelTask({
      network: this.#network,
      group: this.#group,
      starRocks: this.#starRocks,
      onFailed: (error) => this.#broken.push(error.message),
      ...(wrapDecisions && { wrapDecisions }),
      ...(wrapRecover && { wrapRecover }),
    });
    this.#tasks.push(task);
    return task;
  }

  /** Everybody who joined is in; everybody else is out, whether they know it or not. */
  #beginGeneration(deal: number): void {
    if (this.#group.joining.size === 0) return;
    const { generation, members } = this.#group.begin();
    const tasks = this.#tasks.filter((task) => members.includes(task));
    tasks.forEach((task, index) => {
      const mine = this.#partitions.filter((_, partition) => (partition + deal) % tasks.length === index);
      task.assign(generation, mine);
    });
  }

  /** Things take their course for a while. */
  async #go(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      for (const task of this.#running) {
        task.deliverAssignment();
        for (const partition of this.#partitions) this.#fetchFrom(task, partition, 4);
        task.flush();
      }
      for (const request of this.#network.awaited) serve(request);
      await setImmediate();
    }
  }

  #fetch(task: ModelTask | undefined, choice: number): void {
    const partition = pick(this.#partitions, choice);
    if (task && partition) this.#fetchFrom(task, partition, (choice % 4) + 1);
  }

  #fetchFrom(task: ModelTask, partition: TopicPartition, most: number): void {
    const firstOffset = task.cursor(partition);
    if (firstOffset === undefined || firstOffset >= RECORDS) return;
    const offsets = Array.from({ length: Math.min(most, RECORDS - firstOffset) }, (_, index) => firstOffset + index);
    const rows = offsets.map((offset) => this.#rowAt(partition.partition, offset));
    const batch = batchOf(
      rows.map((row) => (row === undefined ? null : utf8(row))),
      { ...partition, firstOffset, bytes: rows.length },
    );
    const tables = offsets.map((offset) => this.#tableAt(partition.partition, offset));
    const areNamed = tables.some((table) => table !== OWN_TABLE);
    const named = tables.map((table) => (table === OWN_TABLE ? undefined : table));
    task.deliver(areNamed ? { ...batch, records: withTables(batch.records, named) } : batch);
  }

  #tableAt(partition: number, offset: number): string {
    const table = (partition + offset) % this.#tables;
    return table === 0 ? OWN_TABLE : `t${table}`;
  }

  /** The row of a record; undefined for a tombstone. */
  #rowAt(partition: number, offset: number): string | undefined {
    if (offset % TOMBSTONE === TOMBSTONE - 1) return undefined;
    return JSON.stringify({ partition, offset, table: this.#tableAt(partition, offset) });
  }

  #expectedRows(): string[] {
    return this.#partitions.flatMap(({ partition }) =>
      Array.from({ length: RECORDS }, (_, offset) => this.#rowAt(partition, offset)).filter((row) => row !== undefined),
    );
  }

  /** A committed offset never passes a record that is not in the table. */
  #checkOffsets(offsets: readonly OffsetCommit[]): void {
    const { rows } = this.#starRocks;
    for (const { partition, offset, metadata } of offsets) {
      const decision = readDecision(metadata ?? '');
      const labels = decision ? transactionsOf(decision).map(({ label }) => label) : [];
      for (const label of labels) {
        this.#loads.set(label, labels);
        if (decision?.state === 'decided') this.#decided.add(label);
      }
      for (let before = 0; before < offset; before++) {
        const row = this.#rowAt(partition, before);
        if (row !== undefined && !rows.has(row))
          this.#broken.push(`Kafka has offset ${offset} of ${partition}, and ${before} is not in the table`);
      }
    }
  }

  /** No load is committed before its decision is in Kafka. */
  #checkCommit(label: string): void {
    if (!this.#decided.has(label)) this.#broken.push('a load is committed that was not decided');
  }

  #check(): void {
    if (this.#starRocks.misplaced.length > 0) this.#broken.push('a record is in another table than its own');
    if (this.#starRocks.doubled.length > 0) this.#broken.push('a record is in the table twice');
    const [broken] = this.#broken;
    if (broken !== undefined) throw new Error(broken);
  }

  #checkEnd(): void {
    const starRocks = this.#starRocks;
    if (!this.#isCommitted) this.#broken.push('the end is not committed');
    const missing = this.#expectedRows().filter((row) => !starRocks.rows.has(row));
    if (missing.length > 0) this.#broken.push(`${missing.length} records are not in the table`);
    // Only what a process begins after its successor has looked is nobody's any more; StarRocks throws it away some day.
    const left = starRocks.labels('PREPARED').filter((label) => !starRocks.toldUnknown.has(label));
    if (left.length > 0) this.#broken.push('a load is left prepared');
    this.#check();
  }
}

function pick<T>(list: readonly T[], choice: number): T | undefined {
  return list[choice % Math.max(1, list.length)];
}

function serve(request: ModelRequest | undefined): void {
  request?.handle();
  request?.answer();
}
