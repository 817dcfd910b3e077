/**
 * Turns acknowledged ranges of one partition into the position that may be committed: the end of the contiguous prefix.
 * Ranges may come in any order, because one partition can feed several tables.
 */
export class OffsetLedger {
  #position: number;
  /** First offset of each range that was acknowledged ahead of the position, to the offset after its last. */
  readonly #ahead = new Map<number, number>();

  constructor(position: number) {
    this.#position = position;
  }

  /** The next offset that is not yet acknowledged. */
  get position(): number {
    return this.#position;
  }

  /** Acknowledges [first, next). Ranges must be those that were admitted, each one once. */
  acknowledge(first: number, next: number): void {
    this.#ahead.set(first, next);
    for (let end = this.#ahead.get(this.#position); end !== undefined; end = this.#ahead.get(this.#position)) {
      this.#ahead.delete(this.#position);
      this.#position = end;
    }
  }
}
