import { ConfigError } from '../../core/errors.ts';

/** The settings of one converter: its keys without `value.converter.` or `key.converter.` before them. */
export class ConverterOptions {
  readonly #entries: Readonly<Record<string, string>>;
  readonly #prefix: string;

  /** @param prefix - what the user writes before each key; for messages only. */
  constructor(entries: Readonly<Record<string, string>>, prefix: string) {
    this.#entries = entries;
    this.#prefix = prefix;
  }

  text(key: string): string | undefined {
    return Object.hasOwn(this.#entries, key) ? this.#entries[key]?.trim() : undefined;
  }

  /** @throws ConfigError unless it is `true` or `false`, in any case. */
  flag<D>(key: string, byDefault: D): boolean | D {
    const text = this.text(key);
    if (text === undefined) return byDefault;
    const lower = text.toLowerCase();
    if (lower === 'true' || lower === 'false') return lower === 'true';
    throw this.problem(key, 'it takes true or false');
  }

  /** @throws ConfigError unless it is a whole number of at least `least`. */
  count(key: string, byDefault: number, least = 0): number {
    const text = this.text(key);
    if (text === undefined) return byDefault;
    const count = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count >= least) return count;
    throw this.problem(key, `it takes a whole number from ${least} on`);
  }

  /** @throws ConfigError unless it is one of these, in any case. */
  oneOf<T extends string>(key: string, choices: readonly T[], byDefault: T): T {
    const text = this.text(key);
    if (text === undefined) return byDefault;
    const choice = choices.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
    if (choice !== undefined) return choice;
    throw this.problem(key, `it takes ${choices.join(', ')}`);
  }

  /** An error that names the key as the user wrote it. */
  problem(key: string, cure: string): ConfigError {
    const value = this.text(key);
    const state = value === undefined ? 'is missing' : `is \`${value}\``;
    return new ConfigError([`\`${this.#prefix}${key}\` ${state}, but ${cure}.`]);
  }
}
