import { type PipelineConfig } from '../config/model.ts';
import { Deferred } from '../core/deferred.ts';
import { TaskCrashError } from '../core/errors.ts';
import { type Logger } from '../core/logger.ts';
import { allTasks, ConnectorSet, type CreateTask } from './connector-set.ts';

export interface PipelineRunOptions {
  readonly createTask: CreateTask;
  /** The logger of a pipeline, by its name. */
  readonly loggerOf: (pipeline: string) => Logger;
}

/**
 * Pipelines on their own, which nobody can restart: the process ends with them. Only a thread that crashed is started anew;
 * any other failure is left to whoever started the process.
 */
export class PipelineRun {
  readonly #pipelines: ConnectorSet;
  readonly #ended = new Deferred<void>();
  /** Resolves when every task has failed for good. */
  readonly ended = this.#ended.promise;
  #isStarted = false;

  constructor(options: PipelineRunOptions) {
    this.#pipelines = new ConnectorSet({
      ...options,
      restartsAfter: (error) => error instanceof TaskCrashError,
      onChange: () => this.#look(),
    });
  }

  /** Starts them one after the other. Rejects with the reason when one cannot be started. */
  async start(configs: readonly PipelineConfig[]): Promise<void> {
    for (const config of configs) {
      await this.#pipelines
        .add(config.name, { given: new Map(), pipeline: config }, 'RUNNING', allTasks(config))
        .start();
    }
    this.#isStarted = true;
    this.#look();
  }

  /**
   * Ends every pipeline, all at once.
   *
   * @returns why some had failed before, or could not load what they had read.
   */
  close(): Promise<readonly unknown[]> {
    return this.#pipelines.close();
  }

  #look(): void {
    const { names } = this.#pipelines;
    if (this.#isStarted && names.every((name) => this.#pipelines.get(name)?.hasEnded)) this.#ended.resolve();
  }
}
