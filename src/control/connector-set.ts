import { type PipelineConfig } from '../config/model.ts';
import { TaskCrashError, UnavailableError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { Connector, type ConnectorConfig } from './connector.ts';
import { type Task } from './task.ts';
import { type TargetState } from './task-runner.ts';

/** Makes the task of that number. */
export type CreateTask = (config: PipelineConfig, task: number, logger: Logger) => Task;

export interface ConnectorSetOptions {
  readonly createTask: CreateTask;
  /**
   * Whether a task that ended with this is started again by itself, after growing pauses. By default when something outside
   * did not answer, or its thread crashed; any other failure waits for a person, as in Kafka Connect.
   */
  readonly restartsAfter?: (error: unknown) => boolean;
  /** The logger of a connector, by its name. */
  readonly loggerOf: (connector: string) => Logger;
  /** The state of one of a connector's tasks is another one. */
  readonly onChange?: (connector: string) => void;
}

/** The connectors whose tasks run in this process. */
export class ConnectorSet {
  readonly #options: ConnectorSetOptions;
  readonly #connectors = new Map<string, Connector>();
  /** Removed, and still loading what they had read. One of the same name starts after that. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(options: ConnectorSetOptions) {
    this.#options = options;
  }

  get names(): string[] {
    return [...this.#connectors.keys()];
  }

  get(name: string): Connector | undefined {
    return this.#connectors.get(name);
  }

  /** @param tasks the numbers of its tasks that run in this process. */
  add(name: string, config: ConnectorConfig, target: TargetState, tasks: readonly number[]): Connector {
    const { createTask, loggerOf, onChange, restartsAfter = mayPass } = this.#options;
    const logger = loggerOf(name);
    const connector = new Connector({
      config,
      target,
      tasks,
      createTask: (pipeline, task) => createTask(pipeline, task, logger),
      restartsAfter,
      after: this.#ending.get(name) ?? Promise.resolve(),
      onChange: () => onChange?.(name),
      logger,
    });
    this.#connectors.set(name, connector);
    return connector;
  }

  /** Resolves when what was read is loaded, within `shutdownTimeoutMs` and a little. */
  async remove(name: string): Promise<void> {
    const connector = this.#connectors.get(name);
    this.#connectors.delete(name);
    const before = this.#ending.get(name) ?? Promise.resolve();
    const ended = Promise.all([before, connector?.stop()]).then(() => {
      if (this.#ending.get(name) === ended) this.#ending.delete(name);
    });
    this.#ending.set(name, ended);
    await ended;
  }

  /**
   * Ends every connector, all at once.
   *
   * @returns why some had failed before, or could not load what they had read.
   */
  async close(): Promise<readonly unknown[]> {
    const connectors = [...this.#connectors.values()];
    const failed = connectors.flatMap(({ tasks }) => tasks.flatMap(({ failure }) => failure ?? []));
    await Promise.all([...connectors.map((connector) => connector.stop()), ...this.#ending.values()]);
    return [...failed, ...connectors.flatMap(({ unfinished }) => unfinished)];
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof UnavailableError || error instanceof TaskCrashError;
}

/** The numbers of all tasks of a connector, where one process runs them all. */
export function allTasks({ tasksMax }: Pick<PipelineConfig, 'tasksMax'>): number[] {
  return Array.from({ length: tasksMax }, (_, task) => task);
}
