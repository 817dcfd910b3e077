/**
 * A JSON number whose digits JavaScript would change: `18446744073709551616`, `0.10`, `1e400`, `-0`. It keeps them to the
 * row that is loaded, and counts as the nearest number in arithmetic and in comparisons with `<` and `>`. `===` compares
 * objects: compare `Number(value)` or `value.text` instead.
 */
export class NumberText {
  /** The digits as they were read: a JSON number. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  valueOf(): number {
    return Number(this.text);
  }

  /** Text, so that JSON.stringify does not drop digits; the pipeline itself writes a number. */
  toJSON(): string {
    return this.text;
  }
}
