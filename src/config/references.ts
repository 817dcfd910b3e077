import { describeError } from '../core/errors.ts';
import {
  ConfigProviders,
  directoryProvider,
  environmentProvider,
  fileProvider,
  type Surroundings,
} from './config-providers.ts';
import { type Findings, key } from './findings.ts';
import { isRecord } from './is-record.ts';
import type { PipelineSource } from './source-file.ts';
import { dotted } from './walk.ts';

/** What of a pipeline file's values stands elsewhere: `${file:PATH:KEY}`, `${dir:PATH:FILE}` and `${env:NAME}`. */
export class References {
  readonly providers: ConfigProviders;
  readonly #source: PipelineSource;
  readonly #findings: Findings;
  /** The texts of the file whose values came from elsewhere, by their path. */
  readonly #texts = new Map<string, string>();

  constructor(source: PipelineSource, surroundings: Surroundings, findings: Findings) {
    this.providers = new ConfigProviders(
      new Map([
        ['file', fileProvider(surroundings)],
        ['dir', directoryProvider(surroundings)],
        ['env', environmentProvider(surroundings)],
      ]),
    );
    this.#source = source;
    this.#findings = findings;
  }

  /** The text that stands in the file in the place of the value. */
  textAt(path: readonly PropertyKey[]): string | undefined {
    return this.#texts.get(dotted(path));
  }

  /** The value with what its texts refer to. */
  async resolve(value: unknown, path: readonly PropertyKey[] = []): Promise<unknown> {
    if (typeof value === 'string') return this.#resolveText(value, path);
    if (Array.isArray(value)) {
      return Promise.all(value.map((item: unknown, index) => this.resolve(item, [...path, index])));
    }
    // A module may export objects of any class.
    if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
    const entries = Object.entries(value).map(
      async ([name, inner]) => [name, await this.resolve(inner, [...path, name])] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  async #resolveText(text: string, path: readonly PropertyKey[]): Promise<string> {
    try {
      const value = await this.providers.resolve(text);
      if (value !== text) this.#texts.set(dotted(path), text);
      return value === text ? text : value.trim();
    } catch (error) {
      this.#findings.problems.push(
        `${key(dotted(path))} (${this.#source.place(path)}) has no value, because ${describeError(error)}.`,
      );
      return text;
    }
  }
}
