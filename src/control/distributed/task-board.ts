import { describeError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { type StateInfo } from '../connectors.ts';
import { type SharedTopic, type SharedTopicListener } from './cluster-ports.ts';
import { type Written } from './config-records.ts';
import { statusRecord, TaskStatuses } from './status-records.ts';

export interface TaskBoardOptions {
  readonly topic: (listener: SharedTopicListener) => SharedTopic;
  /** `host:port` of this worker. */
  readonly id: () => string;
  /** Has everything told again that this process has to tell. */
  readonly tellAll: () => void;
  /** The topic cannot be read any more. */
  readonly onFailed: (error: Error) => void;
  readonly logger: Logger;
}

/** Milliseconds after which a status that did not come through, or was overwritten, is written again. */
const SAY_AGAIN_MS = 1_000;

/** Where each process tells the others how its tasks are. Nothing waits for it: it is only shown. */
export class TaskBoard {
  readonly #options: TaskBoardOptions;
  readonly #topic: SharedTopic;
  readonly #statuses = new TaskStatuses();
  /** What was last said of tasks of this process, by the keys of their records. */
  readonly #said = new Map<string, string>();
  #sayingAgain: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(options: TaskBoardOptions) {
    this.#options = options;
    this.#topic = options.topic({ record: (record) => this.#read(record), failed: options.onFailed });
  }

  open(): Promise<void> {
    return this.#topic.open();
  }

  /** From now on nothing is said any more. */
  silence(): void {
    this.#isClosing = true;
    clearTimeout(this.#sayingAgain);
  }

  close(): Promise<void> {
    return this.#topic.close();
  }

  /** What the worker that should run the task said of it; undefined while it said nothing. */
  find(name: string, task: number, workerId: string): StateInfo | undefined {
    return this.#statuses.find(name, task, workerId);
  }

  /** Tells the others how a task of this process is, unless they have been told so. */
  tell(name: string, task: number, state: StateInfo): void {
    const record = statusRecord(name, task, state);
    if (this.#isClosing || this.#said.get(record.key) === record.value) return;
    this.#said.set(record.key, record.value ?? '');
    this.#say(record);
  }

  /** Takes back what was ever said of a connector's tasks. */
  takeBack(name: string): void {
    for (const key of this.#statuses.keysOf(name)) this.#say({ key, value: undefined });
  }

  #read(record: Written): void {
    const worker = this.#statuses.apply(record);
    // A process that had the task before this one may speak after it.
    if (worker !== this.#options.id() && this.#said.delete(record.key)) this.#sayAgain();
  }

  #say({ key, value }: Written): void {
    if (value === undefined) this.#said.delete(key);
    this.#topic.write(key, value).catch((error: unknown) => {
      this.#said.delete(key);
      if (this.#isClosing) return;
      this.#sayAgain();
      this.#options.logger.warn({ error: describeError(error) }, 'The other workers could not be told of a task');
    });
  }

  /** In a while: while two processes take a task for theirs, neither silences the other. */
  #sayAgain(): void {
    if (this.#isClosing) return;
    this.#sayingAgain ??= setTimeout(() => {
      this.#sayingAgain = undefined;
      this.#options.tellAll();
    }, SAY_AGAIN_MS);
  }
}
