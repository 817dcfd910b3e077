import { type Logger } from '../../core/logger.ts';
import { type LogLevel } from './messages.ts';

export interface ThreadLoggerOptions {
  readonly send: (level: LogLevel, facts: object, message: string) => void;
  /** Whether anybody reads debug lines: operators may write one for each record. */
  readonly isDebug: () => boolean;
}

/** The log of a task's thread. The main thread writes it, with the levels that hold there. */
export class ThreadLogger implements Logger {
  readonly #options: ThreadLoggerOptions;
  readonly #bindings: object;

  constructor(options: ThreadLoggerOptions, bindings: object = {}) {
    this.#options = options;
    this.#bindings = bindings;
  }

  debug(facts: object, message: string): void {
    if (this.#options.isDebug()) this.#send('debug', facts, message);
  }

  info(facts: object, message: string): void {
    this.#send('info', facts, message);
  }

  warn(facts: object, message: string): void {
    this.#send('warn', facts, message);
  }

  error(facts: object, message: string): void {
    this.#send('error', facts, message);
  }

  child(bindings: Record<string, unknown>): Logger {
    return new ThreadLogger(this.#options, { ...this.#bindings, ...bindings });
  }

  #send(level: LogLevel, facts: object, message: string): void {
    this.#options.send(level, { ...this.#bindings, ...facts }, message);
  }
}
