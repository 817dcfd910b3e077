import { type PipelineConfig } from '../config/model.ts';
import { type Logger } from '../core/logger.ts';
import { Connector, type ConnectorConfig, type TargetState } from './connector.ts';
import { type Task } from './task.ts';

export interface ConnectorSetOptions {
  readonly createTask: (config: PipelineConfig, logger: Logger) => Task;
  /** The logger of a connector, by its name. */
  readonly loggerOf: (connector: string) => Logger;
  /** The state of a connector's task is another one. */
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

  add(name: string, config: ConnectorConfig, target: TargetState): Connector {
    const { createTask, loggerOf, onChange } = this.#options;
    const logger = loggerOf(name);
    const connector = new Connector({
      config,
      target,
      createTask: (pipeline) => createTask(pipeline, logger),
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
    return [...failed, ...connectors.flatMap(({ unfinished }) => unfinished ?? [])];
  }
}
