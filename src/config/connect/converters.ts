import { type Findings, key, quote } from '../findings.ts';
import type { ConnectFiles } from './entries.ts';

const jsonConverters = new Set(['org.apache.kafka.connect.json.JsonConverter', 'JsonConverter', 'Json']);

const wanted =
  'the only converter so far is `org.apache.kafka.connect.json.JsonConverter` with `value.converter.schemas.enable=false`; ' +
  'those for strings, bytes, Avro, Protobuf and JSON Schema come with a later version';

/**
 * Checks `value.converter`. As in Kafka Connect, a connector's `value.converter.*` count only beside a `value.converter` of
 * its own; and plain JSON has to be asked for, because JsonConverter's default is the schema-and-payload envelope. Keys of
 * records are never loaded, so the key's converter does not matter.
 */
export function checkConverters({ worker, connector }: ConnectFiles, findings: Findings): void {
  const owner = connector.entries.has('value.converter') ? connector : worker;
  const converter = owner.entries.get('value.converter');
  if (converter === undefined) {
    findings.problems.push(
      `${key('value.converter')} is missing in ${connector.file} and in ${worker.file}; ${wanted}.`,
    );
    return;
  }
  if (!jsonConverters.has(converter.value)) {
    findings.problems.push(
      `${key('value.converter')} is ${quote(converter.value)} (${converter.place}), but ${wanted}.`,
    );
    return;
  }
  const ignored = owner === worker ? connector.entries.get('value.converter.schemas.enable') : undefined;
  if (ignored !== undefined) {
    findings.warnings.push(
      `${key(ignored.key)} (${ignored.place}) has no effect, as in Kafka Connect: without ${key('value.converter')} in the same file the worker's converter and its settings are used.`,
    );
  }
  const schemas = owner.entries.get('value.converter.schemas.enable');
  if (schemas?.value.toLowerCase() === 'false') return;
  const state =
    schemas === undefined
      ? `is missing in ${owner.file} and is \`true\` by default`
      : `is ${quote(schemas.value)} (${schemas.place})`;
  findings.problems.push(`${key('value.converter.schemas.enable')} ${state}, but ${wanted}.`);
}
