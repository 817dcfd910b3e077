import { type Logger } from '../../src/core/logger.ts';

/** One logged line. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly facts: object;
}

/** Keeps what was logged. */
export class RecordingLogger implements Logger {
  readonly entries: LogEntry[] = [];

  /** The messages of a level. */
  messages(level: LogEntry['level']): string[] {
    return this.entries.filter((entry) => entry.level === level).map(({ message }) => message);
  }

  debug(facts: object, message: string): void {
    this.entries.push({ level: 'debug', message, facts });
  }

  info(facts: object, message: string): void {
    this.entries.push({ level: 'info', message, facts });
  }

  warn(facts: object, message: string): void {
    this.entries.push({ level: 'warn', message, facts });
  }

  error(facts: object, message: string): void {
    this.entries.push({ level: 'error', message, facts });
  }

  child(): Logger {
    return this;
  }
}
