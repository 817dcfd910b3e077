import { type DeadLetterRecord, type DeadLetterTopic, type RecordPosition } from '../../src/core/dead-letter.ts';

/** How a send ends: as it should, or with an error before or after the records stand in the topic. */
export interface SendEnd {
  readonly error: Error;
  /** How many of the records stand in the topic all the same. Default none. */
  readonly writes?: number;
}

/** A dead letter topic of one partition in memory. */
export class FakeDeadLetterTopic implements DeadLetterTopic {
  readonly records: DeadLetterRecord[] = [];
  /** Each call with what matters of it, in their order. */
  readonly calls: string[] = [];
  /** How the next sends fail; the others do not. */
  readonly sendEnds: SendEnd[] = [];
  /** What the next looks into the topic fail with. */
  readonly lookErrors: Error[] = [];
  /** Awaited before a send ends. */
  sent: Promise<void> = Promise.resolve();

  /** The offsets at which the dead letters were read, in the order in which they stand here. */
  get sources(): number[] {
    return this.records.map(({ source }) => source.offset);
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  async send(records: readonly DeadLetterRecord[]): Promise<void> {
    this.calls.push(`send ${records.map(({ source }) => source.offset).join(',')}`);
    const end = this.sendEnds.shift();
    await this.sent;
    this.records.push(...(end ? records.slice(0, end.writes ?? 0) : records));
    if (end) throw end.error;
  }

  async ends(): Promise<number[]> {
    await Promise.resolve();
    this.calls.push('ends');
    this.#look();
    return [this.records.length];
  }

  async written([since = 0]: readonly number[]): Promise<RecordPosition[]> {
    await Promise.resolve();
    this.calls.push(`written since ${since}`);
    this.#look();
    return this.records.slice(since).map(({ source }) => source);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #look(): void {
    const error = this.lookErrors.shift();
    if (error) throw error;
  }
}
