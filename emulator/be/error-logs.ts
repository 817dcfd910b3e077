import { randomBytes } from 'node:crypto';
import { type Clock } from '../clock.ts';
import { type ErrorLog } from '../load/error-log.ts';

/** `load_error_log_reserve_hours` */
const KEPT_MS = 48 * 3_600_000;
const MOST_FILES = 1000;

/** The files that `/api/_load_error_log?file=F` serves. */
export class ErrorLogs {
  readonly #clock: Clock;
  readonly #files = new Map<string, { readonly text: string; readonly writtenAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keeps the log and returns its file name. */
  write(log: ErrorLog): string {
    const name = `error_log_${randomBytes(8).toString('hex')}_${randomBytes(8).toString('hex')}`;
    this.#files.set(name, { text: log.text(), writtenAt: this.#clock.now() });
    const [oldest] = this.#files.keys();
    if (this.#files.size > MOST_FILES && oldest !== undefined) this.#files.delete(oldest);
    return name;
  }

  read(name: string): string | undefined {
    const file = this.#files.get(name);
    return file === undefined || this.#clock.now() - file.writtenAt > KEPT_MS ? undefined : file.text;
  }
}
