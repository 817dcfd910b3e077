import { stripVTControlCharacters } from 'node:util';

const CLEAR_LINE = '\r\u001b[2K';
const BAR_WIDTH = 24;
/** How often the live line changes on a terminal, and how often there is a line elsewhere. */
const REDRAW_MS = 100;
const LINE_MS = 1_000;

export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** What the person sees: lines that stay, and on a terminal one live line under them. */
export class Screen {
  readonly #output: Output;
  readonly #coloured: boolean;
  #live = '';
  #lastShown = 0;
  #closed = false;

  constructor(output: Output, coloured: boolean) {
    this.#output = output;
    this.#coloured = coloured;
  }

  line(text = ''): void {
    this.#write(this.#live === '' ? `${text}\n` : `${CLEAR_LINE}${text}\n${this.#live}`);
  }

  step(text: string): void {
    this.line(`${this.#paint('36', '▸')} ${text}`);
  }

  detail(text: string): void {
    this.line(this.#paint('2', text.replaceAll(/^/gm, '  ')));
  }

  progress(done: number, total: number, rate: number): void {
    const now = performance.now();
    if (now - this.#lastShown < (this.#output.isTTY === true ? REDRAW_MS : LINE_MS)) return;
    this.#lastShown = now;
    this.#showProgress(done, total, rate);
  }

  /** Leaves the last state of the live line on the screen. */
  endProgress(done: number, total: number, rate: number): void {
    this.#showProgress(done, total, rate);
    if (this.#live !== '') this.#write('\n');
    this.#live = '';
  }

  /** Nothing is shown after this, whatever still goes on. */
  close(): void {
    if (this.#live !== '') this.#write('\n');
    this.#closed = true;
  }

  #showProgress(done: number, total: number, rate: number): void {
    const text = `  SQL finds ${count(done)} of ${count(total)} rows, ${count(Math.round(rate))} rows/s`;
    if (this.#output.isTTY !== true) {
      this.line(text);
      return;
    }
    const filled = Math.round(Math.min(1, done / total) * BAR_WIDTH);
    const bar = this.#paint('36', '█'.repeat(filled)) + this.#paint('2', '░'.repeat(BAR_WIDTH - filled));
    const room = (this.#output.columns ?? 80) - stripVTControlCharacters(bar).length - 3;
    this.#live = `  ${bar}${text.slice(1, room)}`;
    this.#write(CLEAR_LINE + this.#live);
  }

  #paint(code: string, text: string): string {
    return this.#coloured ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  #write(text: string): void {
    if (!this.#closed) this.#output.write(text);
  }
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}
