import { dirname, resolve } from 'node:path';
import { describeError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { OPERATOR_TIMEOUT_MS, type OperatorContext, type OwnOperator } from '../core/own-operator.ts';
import { type Findings, key, quote } from './findings.ts';
import { isRecord, type UnknownRecord } from './is-record.ts';
import { importModule } from './module-file.ts';
import { rangePhrase, wholeNumber } from './settings.ts';
import type { PipelineSource } from './source-file.ts';
import { isStandardSchema, validate } from './standard-schema.ts';
import { dotted } from './walk.ts';

/** What an entry of `transforms` may hold beside its path. */
const ENTRY_KEYS = ['operator', 'options', 'timeoutMs'];
const LONGEST_TIMEOUT_MS = 86_400_000;
const LEVELS = ['record', 'envelope'] as const;

/**
 * Puts the operators of modules in the place of the paths that `transforms` names, which are relative to the pipeline file.
 * Each module is loaded, and its options are checked by its own schema. What is no path stays for the model to judge.
 */
export async function withOperators(
  value: UnknownRecord,
  source: PipelineSource,
  cwd: string,
  findings: Findings,
): Promise<UnknownRecord> {
  const { transforms } = value;
  if (!Array.isArray(transforms)) return value;
  const directory = resolve(cwd, dirname(source.file));
  const loaded: unknown[] = [];
  for (const [index, given] of (transforms as readonly unknown[]).entries()) {
    const entry = isPath(given) ? { operator: given } : given;
    if (!isRecord(entry)) {
      loaded.push(given);
      continue;
    }
    const operator = await new EntryReader({ index, isShort: entry !== given }, source, findings).read(
      entry,
      directory,
    );
    // Without it there is a problem, and the pipeline isn't made.
    if (operator !== undefined) loaded.push(operator);
  }
  return { ...value, transforms: loaded };
}

function isPath(given: unknown): given is string {
  return typeof given === 'string' && /^(?:\.{0,2}[\\/]|[A-Za-z]:[\\/])/.test(given);
}

/** Reads one entry of `transforms`, and says what is wrong with it. */
class EntryReader {
  readonly #path: readonly PropertyKey[];
  readonly #isShort: boolean;
  readonly #source: PipelineSource;
  readonly #findings: Findings;

  /** @param entry its place in the list, and whether it is a path alone. */
  constructor(
    entry: { readonly index: number; readonly isShort: boolean },
    source: PipelineSource,
    findings: Findings,
  ) {
    this.#path = ['transforms', entry.index];
    this.#isShort = entry.isShort;
    this.#source = source;
    this.#findings = findings;
  }

  async read(entry: UnknownRecord, directory: string): Promise<OwnOperator | undefined> {
    const before = this.#findings.problems.length;
    for (const name of Object.keys(entry)) this.#refuseUnknown(name);
    const { operator, options = {}, timeoutMs = OPERATOR_TIMEOUT_MS } = entry;
    if (operator === undefined) {
      this.#say([], undefined, `needs ${key('operator')}, the path of a module, such as ./mask.js`);
    } else if (!isPath(operator)) {
      this.#say(
        ['operator'],
        operator,
        'it must be the path of a module that begins with ./ or ../, such as ./mask.js',
      );
    }
    const time = wholeNumber(1, LONGEST_TIMEOUT_MS, 'ms').safeParse(timeoutMs);
    if (!time.success) this.#say(['timeoutMs'], timeoutMs, `it must be ${rangePhrase(1, LONGEST_TIMEOUT_MS, 'ms')}`);
    if (!isPath(operator) || !time.success) return undefined;
    const made = await this.#load(operator, options, resolve(directory, operator));
    if (made === undefined || this.#findings.problems.length > before) return undefined;
    return { ...made, name: operator, timeoutMs: time.data };
  }

  async #load(
    name: string,
    options: unknown,
    path: string,
  ): Promise<Pick<OwnOperator, 'level' | 'create'> | undefined> {
    const module = await importModule(path);
    if (module.exports === undefined) {
      this.#sayOperator(name, `it cannot be loaded: ${module.fault}`);
      return undefined;
    }
    const { default: factory, level = 'record', options: schema } = module.exports;
    if (!isFactory(factory)) {
      this.#sayOperator(
        name,
        'it must default-export a factory: a function that takes options and a context, and returns an RxJS operator',
      );
    }
    const known = LEVELS.find((each) => each === level);
    if (known === undefined) {
      this.#sayOperator(name, `its \`level\` is ${quote(level)}; it must be \`record\` or \`envelope\``);
    }
    if (schema !== undefined && !isStandardSchema(schema)) {
      this.#sayOperator(
        name,
        'its `options` is no schema; export one of zod 3.24 or later, or of another library of standardschema.dev',
      );
    }
    const checked = isStandardSchema(schema) ? await this.#check(name, schema, options) : { value: options };
    if (!isFactory(factory) || known === undefined || checked === undefined) return undefined;
    return { level: known, create: (context) => factory(checked.value, context) };
  }

  async #check(
    name: string,
    schema: Parameters<typeof validate>[0],
    options: unknown,
  ): Promise<{ readonly value: unknown } | undefined> {
    try {
      const result = await validate(schema, options);
      if (result.isValid) return result;
      for (const { path, message } of result.faults) {
        // Not the value: an option may be a password.
        this.#say(['options', ...path], undefined, `is not what ${name} takes: ${message.replace(/\.$/, '')}`);
      }
    } catch (error) {
      this.#sayOperator(name, `its schema of \`options\` cannot be used: ${describeError(error)}`);
    }
    return undefined;
  }

  #refuseUnknown(name: string): void {
    if (ENTRY_KEYS.includes(name)) return;
    const meant = nearest(name, ENTRY_KEYS, Math.ceil(name.length / 2));
    const place = this.#source.place([...this.#path, name]);
    this.#findings.problems.push(
      `${key(dotted([...this.#path, name]))} (${place}) is not a setting; ${meant === undefined ? `the settings here are ${ENTRY_KEYS.map(key).join(', ')}.` : `did you mean ${key(dotted([...this.#path, meant]))}?`}`,
    );
  }

  #sayOperator(name: string, fault: string): void {
    this.#say(this.#isShort ? [] : ['operator'], name, fault);
  }

  /** "`key` is `value` (place), but fault.", or "`key` (place) fault." for a value that is not to be shown. */
  #say(inner: readonly PropertyKey[], value: unknown, fault: string): void {
    const path = [...this.#path, ...inner];
    const named = key(dotted(path));
    const place = this.#source.place(path);
    this.#findings.problems.push(
      value === undefined ? `${named} (${place}) ${fault}.` : `${named} is ${quote(value)} (${place}), but ${fault}.`,
    );
  }
}

function isFactory(given: unknown): given is (options: unknown, context: OperatorContext) => unknown {
  return typeof given === 'function';
}
