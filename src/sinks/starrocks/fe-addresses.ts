/** The FE addresses of a cluster: the one that answered last is asked first. */
export class FeAddresses {
  readonly #urls: readonly string[];
  #current = 0;

  constructor(urls: readonly string[]) {
    if (urls.length === 0) throw new RangeError('Expected at least one FE address.');
    this.#urls = urls;
  }

  /** All addresses, in the order in which to try them. */
  inOrder(): string[] {
    return [...this.#urls.slice(this.#current), ...this.#urls.slice(0, this.#current)];
  }

  /** This FE did not answer: the next one comes first from now on. */
  failed(url: string): void {
    if (this.#urls[this.#current] === url) this.#current = (this.#current + 1) % this.#urls.length;
  }
}
