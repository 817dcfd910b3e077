/** A StarRocks release such as 3.5.4. Behaviour that StarRocks changed between releases asks `atLeast`. */
export class StarRocksVersion {
  readonly text: string;
  readonly #parts: readonly number[];

  constructor(text: string) {
    const match = /^(\d+)\.(\d+)(?:\.(\d+))?$/.exec(text);
    if (match === null) throw new Error(`"${text}" is not a StarRocks version such as 3.5.4.`);
    this.#parts = match.slice(1).map((part) => Number(part));
    this.text = this.#parts.map((part) => (Number.isNaN(part) ? 0 : part)).join('.');
  }

  atLeast(major: number, minor = 0, patch = 0): boolean {
    const wanted = [major, minor, patch];
    for (const [index, want] of wanted.entries()) {
      const have = this.#parts[index];
      const own = have === undefined || Number.isNaN(have) ? 0 : have;
      if (own !== want) return own > want;
    }
    return true;
  }
}
