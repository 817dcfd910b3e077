/** Keeps the last few of what came. */
export class Recent<T> {
  readonly #size: number;
  readonly #items: T[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** From the oldest to the newest. */
  get items(): readonly T[] {
    return [...this.#items];
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  add(item: T): void {
    this.#items.push(item);
    if (this.#items.length > this.#size) this.#items.shift();
  }

  replaceLast(item: T): void {
    this.#items.pop();
    this.#items.push(item);
  }
}
