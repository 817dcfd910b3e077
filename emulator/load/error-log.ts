/** At most this many rows of a load are logged. */
const LOGGED_ROWS = 50;

/** The reasons why rows of one load were filtered, as the file behind ErrorURL lists them. */
export class ErrorLog {
  readonly #lines: string[] = [];

  get empty(): boolean {
    return this.#lines.length === 0;
  }

  get full(): boolean {
    return this.#lines.length >= LOGGED_ROWS;
  }

  add(reason: string, row: string): void {
    if (!this.full) this.#lines.push(`Error: ${reason}. Row: ${row}`);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
