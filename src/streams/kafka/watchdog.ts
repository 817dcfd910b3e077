/** When to give something up. Times in milliseconds. */
export interface WatchdogOptions {
  /** The longest time without a sign of life. */
  readonly limitMs: number;
  /** There was none for so long. The watch goes on, from now. */
  readonly onSilence: () => void;
}

/** Watches something that gives signs of life, and tells when they fail to come. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    this.stop();
    this.#timer = setInterval(this.#options.onSilence, this.#options.limitMs);
  }

  /** A sign of life. Nothing while it does not watch. */
  alive(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
