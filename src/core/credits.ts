/** A memory budget that all partitions of a task share. Sizes in bytes. */
export interface CreditsOptions {
  readonly budget: number;
  /** Called once when a holder must stop taking, and once when it may go on. */
  readonly onChange: (holder: string, blocked: boolean) => void;
}

/**
 * Counts the bytes in flight and says which holder must pause.
 *
 * One half of the budget is reserved in equal parts, so that a partition whose table hangs can never starve the others.
 * What a holder has beyond its part comes from the other half, which is free for all, so that one busy partition can
 * fill a load alone, and all together fill the next load while one is under way. Together:
 * bytes in flight <= budget + one fetch per holder.
 */
export class Credits {
  readonly #budget: number;
  readonly #onChange: CreditsOptions['onChange'];
  readonly #held = new Map<string, number>();
  readonly #blocked = new Set<string>();
  /** Equal parts of the reserved half. Not fewer when one holder goes: it may come back, and find its part taken. */
  #parts = 0;
  /** What is taken of the free half: all that holders have beyond their own part. */
  #shared = 0;
  #total = 0;
  #peak = 0;

  constructor({ budget, onChange }: CreditsOptions) {
    this.#budget = budget;
    this.#onChange = onChange;
  }

  /** Bytes in flight now. */
  get total(): number {
    return this.#total;
  }

  /** The most bytes that were ever in flight. */
  get peak(): number {
    return this.#peak;
  }

  /** Bytes that a holder has in flight now. */
  held(holder: string): number {
    return this.#held.get(holder) ?? 0;
  }

  /** Gives a holder its reserved share. */
  open(holder: string): void {
    if (!this.#held.has(holder)) this.#held.set(holder, 0);
    if (this.#held.size > this.#parts) this.#share(this.#held.size);
  }

  /** Forgets a holder and takes back what it still holds. */
  close(holder: string): void {
    this.#hold(holder, 0);
    this.#held.delete(holder);
    this.#blocked.delete(holder);
    if (this.#held.size === 0) this.#share(0);
    this.#unblock();
  }

  take(holder: string, bytes: number): void {
    const held = this.#held.get(holder);
    if (held === undefined) return;
    this.#hold(holder, held + bytes);
    this.#peak = Math.max(this.#peak, this.#total);
    if (this.#blocked.has(holder)) return;
    if (held + bytes >= this.#reserve && this.#shared >= this.#budget / 2) {
      this.#blocked.add(holder);
      this.#onChange(holder, true);
    }
  }

  /** Returns what a holder took. Credits of a holder that was closed meanwhile are already back. */
  give(holder: string, bytes: number): void {
    const held = this.#held.get(holder);
    if (held === undefined) return;
    this.#hold(holder, held - bytes);
    if (this.#blocked.has(holder) && held - bytes <= this.#reserve / 2) this.#letGo(holder);
    this.#unblock();
  }

  /** Lets all go on once enough of the free half is back. A lower mark than the one that blocks: a pause costs a fetch that was already under way. */
  #unblock(): void {
    if (this.#blocked.size === 0 || this.#shared > this.#budget * 0.375) return;
    for (const holder of [...this.#blocked]) this.#letGo(holder);
  }

  #letGo(holder: string): void {
    this.#blocked.delete(holder);
    this.#onChange(holder, false);
  }

  #hold(holder: string, bytes: number): void {
    const before = this.#held.get(holder) ?? 0;
    this.#held.set(holder, bytes);
    this.#total += bytes - before;
    this.#shared += this.#excess(bytes) - this.#excess(before);
  }

  /** Divides the reserved half anew. */
  #share(parts: number): void {
    this.#parts = parts;
    this.#shared = 0;
    for (const held of this.#held.values()) this.#shared += this.#excess(held);
  }

  /** One part of the reserved half. Whole, so that sums stay exact. */
  get #reserve(): number {
    return Math.floor(this.#budget / 2 / Math.max(1, this.#parts));
  }

  #excess(held: number): number {
    return Math.max(0, held - this.#reserve);
  }
}
