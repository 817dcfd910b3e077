/** Default of what sizes are rounded up to. */
const STEP_BYTES = 64 * 1024;
/** Memory is used again for bodies that fill at least so much of it. */
const LEAST_FILLED = 0.67;
/** Milliseconds without a new body after which what is kept goes back to the system. */
const IDLE_MS = 30_000;

/**
 * Memory for the bodies of loads that is used again once a load is in its table. New memory costs the kernel time and a
 * garbage collection every 32 MB, and what is dropped takes its place in the process until then.
 */
export class BodyMemory {
  readonly #limit: () => number;
  readonly #step: number;
  /** The longest unused first. */
  readonly #spare: ArrayBufferLike[] = [];
  #spareBytes = 0;
  #idle: NodeJS.Timeout | undefined;

  /**
   * @param limit - the most bytes that may be kept for the next bodies, now.
   * @param step - bytes that sizes are rounded up to, so that bodies of about the same size share memory. Smaller ones are
   *   not worth keeping. Default 65,536.
   */
  constructor(limit: () => number, step = STEP_BYTES) {
    this.#limit = limit;
    this.#step = step;
  }

  /** So many bytes, with anything in them. */
  take(bytes: number): Buffer {
    // Never from Node's shared pool: a body lives as long as its load and would keep the pool's other buffers alive.
    if (bytes < this.#step) return Buffer.allocUnsafeSlow(bytes);
    this.#idle ??= setTimeout(() => this.clear(), IDLE_MS).unref();
    this.#idle.refresh();
    const found = this.#spare.findIndex(({ byteLength }) => byteLength >= bytes && byteLength * LEAST_FILLED <= bytes);
    // Nothing fits: bodies have another size by now, and what was kept for the former ones has to make room.
    const [memory] = this.#spare.splice(Math.max(found, 0), 1);
    this.#spareBytes -= memory?.byteLength ?? 0;
    if (memory !== undefined && found >= 0) return Buffer.from(memory, 0, bytes);
    this.#trim();
    return Buffer.allocUnsafeSlow(Math.ceil(bytes / this.#step) * this.#step).subarray(0, bytes);
  }

  /** Takes memory of `take` back, for who knows that nobody will look at it or send it any more. */
  give({ buffer }: Uint8Array): void {
    if (buffer.byteLength < this.#step) return;
    this.#spare.push(buffer);
    this.#spareBytes += buffer.byteLength;
    this.#trim();
  }

  #trim(): void {
    while (this.#spareBytes > this.#limit()) this.#spareBytes -= this.#spare.shift()?.byteLength ?? this.#spareBytes;
  }

  /** Keeps nothing. */
  clear(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
    this.#spare.length = 0;
    this.#spareBytes = 0;
  }
}
