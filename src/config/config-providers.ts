import { isAbsolute, join, relative } from 'node:path';
import { describeError } from '../core/errors.ts';
import { type Findings, key, quote } from './findings.ts';
import { parseProperties } from './properties-file.ts';

/** Reads a text file named in a configuration; rejects when it cannot. */
export type ReadText = (path: string) => Promise<string>;

/** Where the values come from that a configuration only refers to. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readText: ReadText;
}

/** Gives the value that `${name:path:key}` stands for; throws an Error with the reason where there is none. */
export type ConfigProvider = (path: string, key: string) => Promise<string>;

export interface FileLimits {
  /** Folders or files that may be read, as absolute paths; everything by default. */
  readonly allowedPaths?: readonly string[];
}

/** `${file:/etc/secrets.properties:password}`: a key of a file in the format of java.util.Properties. */
export function fileProvider({ readText }: Surroundings, limits: FileLimits = {}): ConfigProvider {
  return async (path, name) => {
    if (path === '') throw new Error('no file is named: the form is ${file:PATH:KEY}');
    const found = parseProperties(await readAllowed(path, readText, limits)).findLast((each) => each.key === name);
    if (found === undefined) throw new Error(`${path} has no key ${key(name)}`);
    return found.value;
  };
}

/** `${dir:/etc/secrets:password}`: the whole content of a file. */
export function directoryProvider({ readText }: Surroundings, limits: FileLimits = {}): ConfigProvider {
  return async (path, name) => {
    if (path === '') throw new Error('no directory is named: the form is ${dir:PATH:FILE}');
    // The file is one of the directory, not one above it.
    if (/[/\\]|^\.\.$/.test(name)) throw new Error(`${quote(name)} is not the name of a file`);
    return readAllowed(join(path, name), readText, limits);
  };
}

/** `${env:PASSWORD}`: a variable of the environment, among those whose whole names match the pattern. */
export function environmentProvider({ env }: Surroundings, allowed = /^/): ConfigProvider {
  return (path, name) => {
    const value = env[name];
    if (value === undefined) return Promise.reject(new Error(`there is no ${key(name)} in the environment`));
    if (path !== '' || !allowed.test(name)) return Promise.reject(new Error(`${key(name)} may not be read`));
    return Promise.resolve(value);
  };
}

async function readAllowed(path: string, readText: ReadText, { allowedPaths }: FileLimits): Promise<string> {
  if (allowedPaths !== undefined && !allowedPaths.some((allowed) => isWithin(path, allowed))) {
    throw new Error(`${path} may not be read: it is not among the allowed paths`);
  }
  try {
    return await readText(path);
  } catch (error) {
    throw new Error(`${path} cannot be read: ${describeError(error)}`, { cause: error });
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return isAbsolute(path) && !isAbsolute(way) && way.split(/[/\\]/)[0] !== '..';
}

const reference = /\$\{([^}:]*):(?:([^}:]*):)?([^}]*)\}/g;

/** Replaces references to values that stand elsewhere: Kafka Connect's config providers. */
export class ConfigProviders {
  readonly #providers: ReadonlyMap<string, ConfigProvider>;
  readonly #secrets = new Map<string, string>();

  /** @param providers by the names that references have before their colon; others are text like any other. */
  constructor(providers: ReadonlyMap<string, ConfigProvider>) {
    this.#providers = providers;
  }

  /**
   * The text with the values in the place of their references. What they give is not searched for references again.
   *
   * @throws Error with the reason when a value is not to be had; it names the reference.
   */
  async resolve(text: string): Promise<string> {
    let resolved = '';
    let end = 0;
    for (const { 0: whole, 1: name = '', 2: path = '', 3: name2 = '', index } of text.matchAll(reference)) {
      const provider = this.#providers.get(name);
      if (provider === undefined) continue;
      let value: string;
      try {
        value = await provider(path, name2);
      } catch (error) {
        throw new Error(`${quote(whole)} gives nothing: ${describeError(error)}`, { cause: error });
      }
      this.#secrets.set(value.trim(), whole);
      resolved += text.slice(end, index) + value;
      end = index + whole.length;
    }
    return end === 0 ? text : resolved + text.slice(end);
  }

  /** A message without the values that were put into the configuration: their references stand in it instead. */
  hide(message: string): string {
    let hidden = message;
    for (const [secret, whole] of this.#secrets) {
      if (secret === '') continue;
      // A single digit would be found everywhere.
      const text = secret.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
      const found = secret.length < SHORTEST ? `(?<=\`|Invalid value )${text}(?=\`| for )` : text;
      hidden = hidden.replaceAll(new RegExp(found, 'g'), () => whole);
    }
    return hidden;
  }
}

const SHORTEST = 4;

/** Adds what was found to the rest, without the secrets in it. */
export function hideSecrets({ problems, warnings }: Findings, providers: ConfigProviders, all: Findings): void {
  all.problems.push(...problems.map((problem) => providers.hide(problem)));
  all.warnings.push(...warnings.map((warning) => providers.hide(warning)));
}
