/** What the line shows, added up over all pipelines of the process. */
export interface Progress {
  readonly rowsLoaded: number;
  readonly lag: number;
  readonly inFlightBytes: number;
  readonly retries: number;
  readonly lastLoad: { readonly table: string; readonly rows: number; readonly ms: number } | undefined;
}

/** One line of progress: rows in all and a second, lag, bytes in flight, the last load. */
export function formatProgress(now: Progress, rowsPerSecond: number): string {
  const { lastLoad } = now;
  return [
    `${count(now.rowsLoaded)} rows loaded`,
    `${count(Math.round(rowsPerSecond))} rows/s`,
    `lag ${count(now.lag)}`,
    `${(now.inFlightBytes / 1024 ** 2).toFixed(1)} MiB in flight`,
    ...(lastLoad ? [`last load ${count(lastLoad.rows)} rows into ${lastLoad.table} in ${lastLoad.ms} ms`] : []),
    ...(now.retries > 0 ? [`${count(now.retries)} retries`] : []),
  ].join(' · ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A terminal, as far as a status line needs one. */
export interface Terminal {
  readonly columns: number;
  write(text: string): unknown;
}

const REDRAW_MS = 250;
/** The rate is an average over this many redraws. */
const RATE_SAMPLES = 8;
const CLEAR_LINE = '\r\u001b[2K';

/** Keeps one live line at the bottom of a terminal; log lines go above it. */
export class StatusLine {
  readonly #terminal: Terminal;
  readonly #read: () => Progress;
  readonly #samples: { at: number; rows: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #text = '';
  #closed = false;

  constructor(terminal: Terminal, read: () => Progress) {
    this.#terminal = terminal;
    this.#read = read;
    this.#timer = setInterval(() => this.#redraw(), REDRAW_MS);
    this.#timer.unref();
  }

  /** Prints a line above the status line, or below what is left of it. */
  print(line: string): void {
    this.#terminal.write(this.#closed ? `${line}\n` : `${CLEAR_LINE}${line}\n${this.#text}`);
  }

  /** Leaves the last state on the screen. Safe to call again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#redraw();
    this.#terminal.write('\n');
  }

  #redraw(): void {
    const now = this.#read();
    this.#samples.push({ at: performance.now(), rows: now.rowsLoaded });
    if (this.#samples.length > RATE_SAMPLES) this.#samples.shift();
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    const seconds = first && last ? (last.at - first.at) / 1000 : 0;
    const rate = first && last && seconds > 0 ? (last.rows - first.rows) / seconds : 0;
    this.#text = formatProgress(now, rate).slice(0, Math.max(20, this.#terminal.columns - 1));
    this.#terminal.write(CLEAR_LINE + this.#text);
  }
}
