import { type Findings, key, quote } from '../findings.ts';
import { type ConnectFile, quoted } from './entries.ts';

/** The StarRocks connector's class. */
export const ownClass = 'com.starrocks.connector.kafka.StarRocksSinkConnector';

/** The names that Kafka Connect would find the StarRocks connector by. */
export const ownClasses: readonly string[] = [ownClass, 'StarRocksSinkConnector', 'StarRocksSink'];

/** Told by content: Kafka Connect goes by the order of its arguments, which is easily mixed up. */
export function isConnectorFile({ entries }: ConnectFile): boolean {
  const names = [...entries.keys()];
  return names.some(
    (name) => ['name', 'connector.class', 'topics', 'topics.regex'].includes(name) || name.startsWith('starrocks.'),
  );
}

export function isDistributedWorker({ entries }: ConnectFile): boolean {
  return entries.has('group.id') && entries.has('config.storage.topic');
}

/** Whether a connector is one for StarRocks; one of another kind is left to Kafka Connect, with a word. */
export function isOwnConnector({ file, entries }: ConnectFile, findings: Findings): boolean {
  const given = entries.get('connector.class');
  if (given === undefined) {
    findings.problems.push(`${key('connector.class')} is missing in ${file}; for StarRocks it is ${quote(ownClass)}.`);
    return true;
  }
  if (ownClasses.includes(given.value)) return true;
  if (/starrocks/i.test(given.value)) {
    findings.problems.push(
      `${key(given.key)} is ${quoted(given)} (${given.place}), but it must be ${quote(ownClass)}.`,
    );
    return true;
  }
  findings.warnings.push(
    `${file} is left out: its ${key(given.key)} is ${quoted(given)} (${given.place}), and only StarRocks sinks run here; leave it to Kafka Connect.`,
  );
  return false;
}
