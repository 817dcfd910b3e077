import { ConfigError } from '../../core/errors.ts';

/**
 * The settings of one transform or predicate: its keys without `transforms.<alias>.` before them. What is wrong is said in
 * Kafka Connect's words, with the whole key, and then how to mend it.
 */
export class TransformOptions {
  readonly #entries: Readonly<Record<string, string>>;
  readonly #prefix: string;
  readonly #asked = new Set<string>();
  readonly #warnings: string[] = [];

  /** @param prefix - what the user writes before each key; for messages only. */
  constructor(entries: Readonly<Record<string, string>>, prefix: string) {
    this.#entries = entries;
    this.#prefix = prefix;
  }

  /** The keys that have a meaning: those that were asked for. */
  get known(): ReadonlySet<string> {
    return this.#asked;
  }

  /** The keys that the user has set. */
  get given(): readonly string[] {
    return Object.keys(this.#entries);
  }

  /** Sentences for the user about settings that work, but should be written otherwise. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }

  warn(sentence: string): void {
    this.#warnings.push(sentence);
  }

  /** The key as the user writes it. */
  fullKey(key: string): string {
    return `${this.#prefix}${key}`;
  }

  /** As Kafka Connect reads texts: without the spaces around them. */
  text(key: string): string | undefined {
    this.#asked.add(key);
    return Object.hasOwn(this.#entries, key) ? this.#entries[key]?.trim() : undefined;
  }

  /** @throws ConfigError when it is missing. */
  requiredText(key: string): string {
    const text = this.text(key);
    if (text !== undefined) return text;
    throw new ConfigError([`Missing required configuration "${this.fullKey(key)}" which has no default value.`]);
  }

  /** Texts between commas; none when it is missing or empty. */
  list(key: string): readonly string[] {
    const text = this.text(key) ?? '';
    return text === '' ? [] : text.split(/\s*,\s*/);
  }

  /** @throws ConfigError when it is missing or empty. */
  requiredList(key: string): readonly string[] {
    this.requiredText(key);
    const list = this.list(key);
    if (list.length > 0) return list;
    throw this.invalidList(key, 'Empty list', 'Name at least one');
  }

  /** @throws ConfigError unless it is `true` or `false`, in any case. */
  flag(key: string, byDefault: boolean): boolean {
    const text = this.text(key);
    if (text === undefined) return byDefault;
    const lower = text.toLowerCase();
    if (lower === 'true' || lower === 'false') return lower === 'true';
    throw this.invalid(key, 'Expected value to be either true or false', 'Write one of the two');
  }

  /** @throws ConfigError unless it is one of these; `undefined` by default means that it must be set. */
  oneOf<T extends string>(key: string, choices: readonly T[], byDefault?: T): T {
    const text = byDefault === undefined ? this.requiredText(key) : (this.text(key) ?? byDefault);
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw this.invalid(key, `String must be one of: ${choices.join(', ')}`);
  }

  /** As `oneOf`, but upper and lower case are the same. */
  oneOfIgnoringCase<T extends string>(key: string, choices: readonly T[], byDefault: T): T {
    const text = this.text(key) ?? byDefault;
    const choice = choices.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
    if (choice !== undefined) return choice;
    throw this.invalid(key, `String must be one of (case insensitive): ${choices.join(', ')}`);
  }

  /** @throws ConfigError unless it is a whole number of 32 bits. */
  integer(key: string): number | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const number = Number(text);
    if (/^[+-]?\d+$/.test(text) && (number | 0) === number) return number;
    throw this.invalid(key, 'Not a number of type INT', 'Write a whole number');
  }

  /** An error in Kafka Connect's words: which value of which key, and what is wrong with it. */
  invalid(key: string, wrong: string, cure?: string): ConfigError {
    return this.#invalid(key, this.text(key) ?? 'null', wrong, cure);
  }

  /** The same for a list. */
  invalidList(key: string, wrong: string, cure?: string): ConfigError {
    return this.#invalid(key, `[${this.list(key).join(', ')}]`, wrong, cure);
  }

  #invalid(key: string, value: string, wrong: string, cure?: string): ConfigError {
    const sentence = `Invalid value ${value} for configuration ${this.fullKey(key)}: ${wrong}`;
    return new ConfigError([cure === undefined ? `${sentence}.` : `${sentence}. ${cure}.`]);
  }

  /** An error that is about several keys; it names the transform itself. */
  wrong(sentence: string): ConfigError {
    return new ConfigError([`\`${this.#prefix}*\`: ${sentence}.`]);
  }
}
