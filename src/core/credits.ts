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
    this.#parts = Math.max(this.#parts, this.#held.size);
  }

  /** Forgets a holder and takes back what it still holds. */
  close(holder: string): void {
    this.#total -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
    this.#blocked.delete(holder);
    if (this.#held.size === 0) this.#parts = 0;
    this.#unblock();
  }

  take(holder: string, bytes: number): void {
    const held = this.#held.get(holder);
    if (held === undefined) return;
    this.#held.set(holder, held + bytes);
    this.#total += bytes;
    this.#peak = Math.max(this.#peak, this.#total);
    if (this.#blocked.has(holder)) return;
    if (held + bytes >= this.#reserve() && this.#shared() >= this.#budget / 2) {
      this.#blocked.add(holder);
      this.#onChange(holder, true);
    }
  }

  /** Returns what a holder took. Credits of a holder that was closed meanwhile are already back. */
  give(holder: string, bytes: number): void {
    const held = this.#held.get(holder);
    if (held === undefined) return;
    this.#held.set(holder, held - bytes);
    this.#total -= bytes;
    this.#unblock();
  }

  #unblock(): void {
    if (this.#blocked.size === 0) return;
    const low = this.#shared() <= this.#budget * 0.375;
    for (const holder of [...this.#blocked]) {
      // Lower marks than those that block: a pause costs a fetch that was already under way.
      if (!low && (this.#held.get(holder) ?? 0) > this.#reserve() / 2) continue;
      this.#blocked.delete(holder);
      this.#onChange(holder, false);
    }
  }

  /** What is taken of the free half: all that holders have beyond their own share. */
  #shared(): number {
    const reserve = this.#reserve();
    let sum = 0;
    for (const held of this.#held.values()) sum += Math.max(0, held - reserve);
    return sum;
  }

  #reserve(): number {
    return this.#budget / 2 / Math.max(1, this.#parts);
  }
}
