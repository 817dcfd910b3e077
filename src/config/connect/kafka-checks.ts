import type { ConfigKey, Definition, ValueLimits } from './config-key.ts';
import { list } from './entries.ts';

/** What was given for a connector: its settings as texts; null where JSON said null. */
export type GivenConfig = ReadonlyMap<string, string | null>;

const deadLetterTopic = 'errors.deadletterqueue.topic.name';

/** Messages by the setting that they are about. */
export type ErrorsByKey = Map<string, string[]>;

/**
 * The checks that Kafka Connect makes of any sink, in its words: scripts and pages know these. What they say is about types
 * and presence; what a value means is checked by the connector's own code.
 *
 * @returns the settings about which there is nothing more to say.
 */
export function checkAsKafkaDoes(
  given: GivenConfig,
  definitions: readonly Definition[],
  errors: ErrorsByKey,
): ReadonlySet<string> {
  for (const { key, limits } of definitions) {
    const value = given.get(key.name);
    if (value === undefined) checkAbsent(key, errors);
    else if (value === null) checkNull(key.name, limits, errors);
    else checkValue(key, limits, value, errors);
  }
  for (const [name, value] of given) {
    if (value === null) add(errors, name, 'Null value can not be supplied as the configuration value.');
  }
  checkTopics(given, errors);
  for (const chain of ['transforms', 'predicates']) checkAliases(chain, given, errors);
  const said = new Set(errors.keys());
  // Kafka Connect says at `topics` what concerns both, and at an alias what concerns its chain.
  if (errors.get('topics')?.some((message) => message.startsWith('The DLQ topic'))) said.add(deadLetterTopic);
  for (const name of errors.keys()) said.add(name.replace(/^(transforms|predicates)\..*$/, '$1'));
  return said;
}

export function add(errors: ErrorsByKey, key: string, message: string): void {
  const messages = errors.get(key);
  if (messages) messages.push(message);
  else errors.set(key, [message]);
}

function checkAbsent({ name, required }: ConfigKey, errors: ErrorsByKey): void {
  if (required) add(errors, name, `Missing required configuration "${name}" which has no default value.`);
}

function checkNull(name: string, { min, max }: ValueLimits, errors: ErrorsByKey): void {
  if (min === undefined && max === undefined) return;
  add(errors, name, `Invalid value null for configuration ${name}: Value must be non-null`);
}

function checkValue({ name, type }: ConfigKey, limits: ValueLimits, given: string, errors: ErrorsByKey): void {
  const value = given.trim();
  const invalid = (shown: string, why: string): void =>
    add(errors, name, `Invalid value ${shown} for configuration ${name}: ${why}`);
  if (name === 'name') {
    const fault = nameFault(value);
    if (fault !== undefined) invalid(value, fault);
  } else if (type === 'BOOLEAN') {
    if (!/^(?:true|false)$/i.test(value)) invalid(value, 'Expected value to be either true or false');
  } else if (type === 'INT' || type === 'LONG' || type === 'SHORT') {
    checkNumber(value, type, limits, invalid);
    // Kafka Connect goes on with what it could not read.
    if (!isNumber(value, type)) checkNull(name, limits, errors);
  } else if (limits.oneOf && !limits.oneOf.includes(value)) {
    invalid(value, `String must be one of: ${limits.oneOf.join(', ')}`);
  }
}

function checkNumber(
  value: string,
  type: 'INT' | 'LONG' | 'SHORT',
  { min, max }: ValueLimits,
  invalid: (shown: string, why: string) => void,
): void {
  const number = Number(value);
  if (!isNumber(value, type)) invalid(value, `Not a number of type ${type}`);
  else if (min !== undefined && number < min) invalid(value, `Value must be at least ${min}`);
  else if (max !== undefined && number > max) invalid(value, `Value must be no more than ${max}`);
}

/** Largest number of each type; the smallest one is one further from 0. */
const LARGEST = { SHORT: 2n ** 15n - 1n, INT: 2n ** 31n - 1n, LONG: 2n ** 63n - 1n };

function isNumber(value: string, type: keyof typeof LARGEST): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace('+', ''));
  return number <= LARGEST[type] && number >= -LARGEST[type] - 1n;
}

/** Why a text cannot be a connector's name. */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'String may not be empty';
  const control = Array.from(name, (char) => char.codePointAt(0) ?? 0).filter((code) => code < 32 || code === 127);
  if (control.length === 0) return undefined;
  return `String may not contain control sequences but had the following ASCII chars: ${control.join(', ')}`;
}

function checkTopics(given: GivenConfig, errors: ErrorsByKey): void {
  const topics = list(given.get('topics') ?? '');
  const regex = given.get('topics.regex')?.trim() ?? '';
  const deadLetters = given.get(deadLetterTopic)?.trim() ?? '';
  const both = (message: string): void => {
    add(errors, 'topics', message);
    add(errors, 'topics.regex', message);
  };
  if (topics.length > 0 && regex !== '') {
    both('topics and topics.regex are mutually exclusive options, but both are set.');
  } else if (topics.length === 0 && regex === '') {
    both('Must configure one of topics or topics.regex');
  }
  if (deadLetters !== '' && topics.includes(deadLetters)) {
    add(
      errors,
      'topics',
      `The DLQ topic '${deadLetters}' may not be included in the list of topics ('topics=[${topics.join(', ')}]') consumed by the connector`,
    );
  }
}

function checkAliases(chain: string, given: GivenConfig, errors: ErrorsByKey): void {
  const aliases = list(given.get(chain) ?? '');
  if (new Set(aliases).size < aliases.length) {
    add(errors, chain, `Invalid value [${aliases.join(', ')}] for configuration ${chain}: Duplicate alias provided.`);
  }
  for (const alias of new Set(aliases)) {
    const name = `${chain}.${alias}.type`;
    if (given.get(name) !== undefined) continue;
    add(errors, name, `Missing required configuration "${name}" which has no default value.`);
  }
}
