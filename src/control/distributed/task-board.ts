import { describeError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { type StateInfo } from '../connectors.ts';
import { type SharedTopic, type SharedTopicListener } from './cluster-ports.ts';
import { type Written } from './config-records.ts';
import { statusRecord, TaskStatuses } from './status-records.ts';

export interface TaskBoardOptions {
  readonly topic: (listener: SharedTopicListener) => SharedTopic;
  /** The topic cannot be read any more. */
  readonly onFailed: (error: Error) => void;
  readonly logger: Logger;
}

/** Where each process tells the others how its tasks are. Nothing waits for it: it is only shown. */
export class TaskBoard {
  readonly #topic: SharedTopic;
  readonly #logger: Logger;
  readonly #statuses = new TaskStatuses();
  /** What was last said of tasks of this process, by the keys of their records. */
  readonly #said = new Map<string, string>();
  #isClosing = false;

  constructor({ topic, onFailed, logger }: TaskBoardOptions) {
    this.#logger = logger;
    this.#topic = topic({ record: (record) => this.#statuses.apply(record), failed: onFailed });
  }

  open(): Promise<void> {
    return this.#topic.open();
  }

  /** From now on nothing is said any more. */
  silence(): void {
    this.#isClosing = true;
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

  #say({ key, value }: Written): void {
    if (value === undefined) this.#said.delete(key);
    this.#topic.write(key, value).catch((error: unknown) => {
      // The next change says it again.
      this.#said.delete(key);
      if (this.#isClosing) return;
      this.#logger.warn({ error: describeError(error) }, 'The other workers could not be told of a task');
    });
  }
}
