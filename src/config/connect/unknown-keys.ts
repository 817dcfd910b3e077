import { editDistance, likelyMeant } from '../../core/nearest.ts';
import { type Findings, key } from '../findings.ts';
import { type ConnectFile, type Entry, quoted } from './entries.ts';
import {
  connectorKeys,
  connectorPrefixes,
  consumerKeys,
  consumerKeysMeaningNothing,
  modelKeys,
  type Verdict,
  workerKeys,
  workerPrefixes,
} from './keys.ts';

/**
 * Kafka Connect lets any key pass. Here a key that is very likely a known one mistyped is refused, every other unknown one
 * is warned about; Kafka's consumer keys are the exception, because ignoring one would quietly change what is read.
 */
export function checkConnectorKeys({ entries }: ConnectFile, findings: Findings): void {
  const inModel = modelKeys('connector');
  for (const found of entries.values()) {
    if (found.key.startsWith('consumer.override.')) checkConsumerKey(found, 'consumer.override.', findings);
    else checkKey(found, { inModel, table: connectorKeys, prefixes: connectorPrefixes }, findings);
  }
}

export function checkWorkerKeys({ entries }: ConnectFile, findings: Findings): void {
  const inModel = modelKeys('worker');
  for (const found of entries.values()) {
    if (found.key.startsWith('consumer.')) checkConsumerKey(found, 'consumer.', findings);
    else checkKey(found, { inModel, table: workerKeys, prefixes: workerPrefixes }, findings);
  }
}

interface Known {
  readonly inModel: readonly string[];
  readonly table: Readonly<Record<string, Verdict>>;
  readonly prefixes: readonly string[];
}

function checkKey(found: Entry, { inModel, table, prefixes }: Known, findings: Findings): void {
  if (inModel.includes(found.key)) return;
  const verdict = table[found.key];
  if (verdict !== undefined) {
    report(found, verdict, 'Kafka consumer setting', findings);
    return;
  }
  if (prefixes.some((prefix) => found.key.startsWith(prefix))) return;
  const known = [...inModel.filter((name) => !name.endsWith('*')), ...Object.keys(table)];
  const meant = likelyMeant(found.key, known) ?? withPrefixMeant(found.key, prefixes);
  if (meant !== undefined) {
    findings.problems.push(`${key(found.key)} (${found.place}) is not a setting; did you mean ${key(meant)}?`);
  } else {
    findings.warnings.push(
      `${key(found.key)} (${found.place}) is not known here and has no effect${hint(found.key, table)}.`,
    );
  }
}

/** `sink.propertys.columns`: the beginning is mistyped, the rest is the user's. */
function withPrefixMeant(given: string, prefixes: readonly string[]): string | undefined {
  for (const prefix of prefixes) {
    const segments = prefix.split('.').length - 1;
    const parts = given.split('.');
    const beginning = `${parts.slice(0, segments).join('.')}.`;
    if (parts.length > segments && prefix.length > 8 && editDistance(beginning, prefix) <= 2) {
      return prefix + parts.slice(segments).join('.');
    }
  }
  return undefined;
}

// What Confluent Cloud shows to paste is for a client of its own, not for a connector's file.
function hint(name: string, table: Readonly<Record<string, Verdict>>): string {
  const forConsumer = name === 'bootstrap.servers' || name in consumerKeys || modelKeys('consumer').includes(name);
  return table === connectorKeys && forConsumer
    ? `; in a connector's file write ${key(`consumer.override.${name}`)}`
    : '';
}

/** `prefix` is what stands before Kafka's own name of the key. */
export function checkConsumerKey(found: Entry, prefix: string, findings: Findings): void {
  const name = found.key.slice(prefix.length);
  const inModel = modelKeys('consumer');
  if (inModel.includes(name) || name.startsWith('confluent.')) return;
  if (consumerKeysMeaningNothing[name]?.test(found.value) === true) return;
  const verdict = consumerKeys[name];
  if (verdict !== undefined) {
    report(found, verdict, 'Kafka consumer setting', findings);
    return;
  }
  const meant = likelyMeant(name, [...inModel, ...Object.keys(consumerKeys)]);
  findings.problems.push(
    meant === undefined
      ? `${key(found.key)} (${found.place}) is a Kafka consumer setting that Tributary cannot honour: it has no counterpart here.`
      : `${key(found.key)} (${found.place}) is not a setting of Kafka's consumer; did you mean ${key(prefix + meant)}?`,
  );
}

/**
 * Says what becomes of a key that is known but not in the model.
 *
 * @param kind - completes "…, a kind that Tributary cannot honour".
 */
export function report(found: Entry, { as, why = '' }: Verdict, kind: string, findings: Findings): void {
  if (as === 'ignored') findings.warnings.push(`${key(found.key)} (${found.place}) has no effect: ${why}.`);
  if (as === 'refused') {
    findings.problems.push(
      `${key(found.key)} is ${quoted(found)} (${found.place}), a ${kind} that Tributary cannot honour: ${why}.`,
    );
  }
}
