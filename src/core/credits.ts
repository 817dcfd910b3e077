/** A memory budget that all partitions of a task share. Sizes in bytes. */
export interface CreditsOptions {
  readonly budget: number;
  /** Called once when a holder must stop taking, and once when it may go on. */
  readonly onChange: (holder: string, blocked: boolean) => void;
}

/**
 * Counts the bytes in flight and says which holder must pause.
 *
 * The first half of the budget is free for all, so that one busy partition can fill a load alone. The second half is
 * reserved in equal parts, so that a partition whose table hangs can never starve the others. Together:
 * bytes in flight <= budget + one fetch per holder.
 */
export class Credits {
  readonly #budget: number;
  readonly #onChange: CreditsOptions['onChange'];
  readonly #held = new Map<string, number>();
  readonly #blocked = new Set<string>();
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

  /** Gives a holder its reserved share. */
  open(holder: string): void {
    if (!this.#held.has(holder)) this.#held.set(holder, 0);
  }

  /** Forgets a holder and takes back what it still holds. */
  close(holder: string): void {
    this.#total -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
    this.#blocked.delete(holder);
    this.#unblock();
  }

  take(holder: string, bytes: number): void {
    const held = this.#held.get(holder);
    if (held === undefined) return;
    this.#held.set(holder, held + bytes);
    this.#total += bytes;
    this.#peak = Math.max(this.#peak, this.#total);
    if (this.#blocked.has(holder)) return;
    if (this.#total >= this.#budget / 2 && held + bytes >= this.#reserve()) {
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
    for (const holder of [...this.#blocked]) {
      // Lower marks than those that block: a pause costs a fetch that was already under way.
      if (this.#total > this.#budget * 0.375 && (this.#held.get(holder) ?? 0) > this.#reserve() / 2) continue;
      this.#blocked.delete(holder);
      this.#onChange(holder, false);
    }
  }

  #reserve(): number {
    return this.#budget / 2 / Math.max(1, this.#held.size);
  }
}
