import { setTimeout as delay } from 'node:timers/promises';
import { backoffMs } from '../../../core/backoff.ts';
import { toError, UnavailableError } from '../../../core/errors.ts';
import { type Logger } from '../../../core/logger.ts';
import { type RegisteredSchema, SchemaNotFoundError } from './registry-client.ts';

/** How long a schema that isn't there is not asked for again, milliseconds: a topic may be full of its records. */
const MISSING_MS = 10_000;

export interface SchemaStoreOptions<T> {
  readonly fetch: (key: string, signal: AbortSignal) => Promise<RegisteredSchema>;
  /** Makes a schema ready for decoding. What it throws is the answer for each record of the schema. */
  readonly compile: (schema: RegisteredSchema) => Promise<T>;
  readonly logger?: Logger | undefined;
  /**
   * Milliseconds after which a registry that does not answer is given up, so that the records count as bad.
   *
   * @default it is asked for ever
   */
  readonly giveUpMs?: number | undefined;
  /**
   * The longest pause between two attempts, milliseconds.
   *
   * @default 30,000
   */
  readonly maxDelayMs?: number | undefined;
  /** @default Date.now */
  readonly now?: () => number;
  /** Waits before the n-th retry. */
  readonly wait?: (attempt: number, signal: AbortSignal) => Promise<void>;
}

type Entry<T> =
  | { readonly compiled: T }
  /** Why there is no such schema, and until when that is taken for granted. */
  | { readonly error: Error; readonly until: number };

/**
 * The schemas of a registry, each fetched and compiled once. A registry that does not answer is asked again until it does,
 * unless it is to be given up: the records wait, and nothing is lost.
 */
export class SchemaStore<T> {
  readonly #options: SchemaStoreOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #fetching = new Map<string, Promise<void>>();
  readonly #closed = new AbortController();

  constructor(options: SchemaStoreOptions<T>) {
    this.#options = options;
  }

  /**
   * Fetches a schema, unless it is known.
   *
   * @returns undefined when there is nothing to wait for. The promise rejects when the registry refuses us or the store is closed.
   */
  prepare(key: string): Promise<void> | undefined {
    const entry = this.#entries.get(key);
    if (entry && ('compiled' in entry || entry.until > this.#now())) return undefined;
    let fetching = this.#fetching.get(key);
    if (!fetching) {
      fetching = this.#fetch(key).finally(() => this.#fetching.delete(key));
      this.#fetching.set(key, fetching);
    }
    return fetching;
  }

  /** @throws the reason why there is no such schema or why it cannot be used. */
  get(key: string): T {
    const entry = this.#entries.get(key);
    if (!entry) throw new SchemaNotFoundError(`the schema ${key} was not fetched`);
    if ('compiled' in entry) return entry.compiled;
    throw entry.error;
  }

  /** The schema, if it was fetched and can be used. */
  known(key: string): T | undefined {
    const entry = this.#entries.get(key);
    return entry && 'compiled' in entry ? entry.compiled : undefined;
  }

  close(): void {
    this.#closed.abort(new UnavailableError('the converter is closed'));
  }

  async #fetch(key: string): Promise<void> {
    const { signal } = this.#closed;
    const { giveUpMs = Number.POSITIVE_INFINITY } = this.#options;
    const start = this.#now();
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      try {
        const schema = await this.#options.fetch(key, signal);
        this.#entries.set(key, await this.#compile(schema));
        return;
      } catch (error) {
        if (error instanceof SchemaNotFoundError) {
          this.#entries.set(key, { error, until: this.#now() + MISSING_MS });
          return;
        }
        if (!(error instanceof UnavailableError)) throw error;
        signal.throwIfAborted();
        if (this.#now() - start >= giveUpMs) {
          // For the records that wait now; the next ones ask again.
          this.#entries.set(key, { error, until: this.#now() });
          return;
        }
        this.#options.logger?.warn(
          { schema: key, attempt },
          `The schema registry does not answer, asking again. ${error.message}`,
        );
        await this.#wait(attempt, signal);
      }
    }
  }

  async #compile(schema: RegisteredSchema): Promise<Entry<T>> {
    try {
      return { compiled: await this.#options.compile(schema) };
    } catch (error) {
      return { error: toError(error), until: Number.POSITIVE_INFINITY };
    }
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }

  async #wait(attempt: number, signal: AbortSignal): Promise<void> {
    if (this.#options.wait) return this.#options.wait(attempt, signal);
    const { maxDelayMs } = this.#options;
    await delay(backoffMs(attempt, maxDelayMs === undefined ? {} : { limit: maxDelayMs }), undefined, { signal });
  }
}
