import { z } from 'zod';
import type { ReadText } from '../config-providers.ts';
import { type Findings, key } from '../findings.ts';
import { isRecord } from '../is-record.ts';
import type { PipelineConfig } from '../model.ts';
import { type Origins, parsePipeline } from '../parse-pipeline.ts';
import { type ConnectKey, rangePhrase } from '../settings.ts';
import { isTransformKey, listsTransforms } from '../transform-settings.ts';
import { dotted, type Leaf, modelLeaves } from '../walk.ts';
import { readConverter } from './converters.ts';
import {
  type ConnectFile,
  type ConnectFiles,
  consumerEntry,
  type Entry,
  isReference,
  list,
  quoted,
} from './entries.ts';
import { readSecurity } from './security.ts';
import { topicTables } from './topic-tables.ts';
import { checkConnectorKeys } from './unknown-keys.ts';

/** Makes one pipeline of a worker's and a connector's file. Without a result there is at least one problem. */
export async function connectPipeline(
  files: ConnectFiles,
  readText: ReadText,
  findings: Findings,
): Promise<PipelineConfig | undefined> {
  const before = findings.problems.length;
  const origins = new Map<string, Entry>();
  const written: Section = {};
  for (const leaf of modelLeaves()) readLeaf(leaf, files, written, origins, findings);
  const security = await readSecurity(files, readText, findings);
  for (const [path, origin] of security.origins) origins.set(path, origin);
  put(written, ['kafka', 'tls'], security.tls);
  put(written, ['kafka', 'sasl'], security.sasl);
  const chain = readTransforms(files, origins);
  put(written, ['connectTransforms'], chain);
  // Keys are for transforms, tombstones and new tables alone: nobody else should have to say how they are read.
  for (const part of listsTransforms(chain) || readsKeys(files) ? PARTS : (['value'] as const)) {
    const converter = await readConverter(part, files, readText, findings);
    for (const [path, origin] of converter.origins) origins.set(path, origin);
    for (const [name, value] of Object.entries(converter.settings)) put(written, [part, name], value);
  }
  readSink(files, written, origins, findings);
  leaveOutUnnamedTopic(written, origins, findings);
  checkRetries(files, findings);
  checkConnectorKeys(files.connector, findings);
  const config = parsePipeline(written, connectOrigins(files, origins), findings);
  return findings.problems.length === before ? config : undefined;
}

type Section = { [name: string]: unknown };

function put(written: Section, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (value === undefined) return;
  if (rest.length === 0) written[name] = value;
  else put((written[name] ??= {}) as Section, rest, value);
}

function findEntry(files: ConnectFiles, connect: ConnectKey): Entry | undefined {
  const own =
    connect.scope === 'consumer' ? consumerEntry(files, connect.key) : files[connect.scope].entries.get(connect.key);
  return own ?? (connect.workerDefault === true ? files.worker.entries.get(connect.key) : undefined);
}

/** Texts that are empty in Kafka Connect when they are not set. */
const emptyByDefault = ['topics', 'topics.regex', 'errors.deadletterqueue.topic.name'];

/** Reads what its type alone tells how to read. */
function readLeaf(
  { path, schema, meta }: Leaf,
  files: ConnectFiles,
  written: Section,
  origins: Map<string, Entry>,
  findings: Findings,
): void {
  const { connect } = meta;
  if (connect === undefined || connect.reader === 'own') return;
  const found = findEntry(files, connect);
  if (found === undefined || (found.value === '' && emptyByDefault.includes(connect.key))) return;
  origins.set(dotted(path), found);
  const value = typed(found.value, schema);
  if (schema instanceof z.ZodNumber && connect.range !== undefined && !isWithin(value, connect.range)) {
    findings.problems.push(outOfRange(found, place(found, files, connect), connect.range, unitOf(path)));
  } else {
    put(written, path, value);
  }
}

/** The text as the model's type has it; as a text, which the model refuses, where it cannot be one. */
function typed(value: string, schema: z.ZodType): unknown {
  if (schema instanceof z.ZodArray) return list(value);
  if (schema instanceof z.ZodBoolean && flagText.test(value)) return value.toLowerCase() === 'true';
  return schema instanceof z.ZodNumber && wholeNumberText.test(value) ? Number(value) : value;
}

const flagText = /^(?:true|false)$/i;
const wholeNumberText = /^[+-]?\d+$/;

function isWithin(value: unknown, [min, max]: readonly [number, number]): boolean {
  return typeof value === 'number' && value >= min && value <= max;
}

function unitOf(path: readonly string[]): string {
  const name = path.at(-1) ?? '';
  return name.endsWith('Ms') ? 'ms' : name.endsWith('Bytes') ? 'bytes' : '';
}

function outOfRange(found: Entry, where: string, [min, max]: readonly [number, number], unit: string): string {
  return `${key(found.key)} is ${quoted(found)} (${where}), but it must be ${rangePhrase(min, max, unit)}.`;
}

const PARTS = ['key', 'value'] as const;

/** The keys of the connector that are about transforms, and their order in the file. */
function readTransforms({ connector }: ConnectFiles, origins: Map<string, Entry>): Record<string, string> {
  const chain: Record<string, string> = {};
  for (const found of connector.entries.values()) {
    if (!isTransformKey(found.key)) continue;
    chain[found.key] = found.value;
    origins.set(`connectTransforms.${found.key}`, found);
  }
  return chain;
}

function readsKeys({ connector: { entries } }: ConnectFiles): boolean {
  const isTrue = (key: string): boolean => entries.get(key)?.value.toLowerCase() === 'true';
  return isTrue('delete.tombstones') || (isTrue('auto.create') && !entries.has('pk.fields'));
}

const propertyPrefix = 'sink.properties.';
const tableCreationPrefix = 'auto.create.properties.';

/** The target's tables, format and Stream Load headers. */
function readSink(
  { connector }: ConnectFiles,
  written: Section,
  origins: Map<string, Entry>,
  findings: Findings,
): void {
  const map = connector.entries.get('starrocks.topic2table.map');
  if (map !== undefined) {
    origins.set('starrocks.tables', map);
    put(written, ['starrocks', 'tables'], topicTables(map, findings));
  }
  const properties: Record<string, string> = {};
  for (const found of connector.entries.values()) {
    if (!found.key.startsWith(propertyPrefix)) continue;
    const header = found.key.slice(propertyPrefix.length);
    const own = header.toLowerCase();
    if (own === 'format' || own === 'compression') {
      origins.set(`starrocks.${own}`, found);
      put(written, ['starrocks', own], found.value.toLowerCase());
    } else {
      origins.set(`starrocks.properties.${header}`, found);
      properties[header] = found.value;
    }
  }
  put(written, ['starrocks', 'properties'], properties);
  put(written, ['starrocks', 'tableProperties'], readTableProperties(connector, origins, findings));
  const creation: Record<string, string> = {};
  for (const found of connector.entries.values()) {
    if (!found.key.startsWith(tableCreationPrefix)) continue;
    const name = found.key.slice(tableCreationPrefix.length);
    origins.set(`schemaEvolution.tableProperties.${name}`, found);
    creation[name] = found.value;
  }
  put(written, ['schemaEvolution', 'tableProperties'], creation);
}

const tablePropertyKey = /^sink\.table\.(.+)\.properties\.([^.]+)$/;

/** `sink.table.<table>.properties.<header>`: what one table's loads say. */
function readTableProperties(
  { entries }: ConnectFile,
  origins: Map<string, Entry>,
  findings: Findings,
): Record<string, Record<string, string>> {
  const tables: Record<string, Record<string, string>> = {};
  for (const found of entries.values()) {
    if (!found.key.startsWith('sink.table.')) continue;
    const [, table, header] = tablePropertyKey.exec(found.key) ?? [];
    if (table === undefined || header === undefined) {
      const form = key('sink.table.<table>.properties.<header>');
      findings.problems.push(`${key(found.key)} (${found.place}) is not a setting; one table's are written ${form}.`);
      continue;
    }
    origins.set(`starrocks.tableProperties.${table}.${header}`, found);
    (tables[table] ??= {})[header] = found.value;
  }
  return tables;
}

/** In Kafka Connect there are dead letters once their topic has a name, whatever else is said about it. */
function leaveOutUnnamedTopic(written: Section, origins: ReadonlyMap<string, Entry>, findings: Findings): void {
  const errors = written['errors'];
  if (!isRecord(errors) || !isRecord(errors['deadLetterTopic']) || 'name' in errors['deadLetterTopic']) return;
  for (const setting of Object.keys(errors['deadLetterTopic'])) {
    const found = origins.get(`errors.deadLetterTopic.${setting}`);
    if (found === undefined) continue;
    findings.warnings.push(
      `${key(found.key)} (${found.place}) has no effect without ${key('errors.deadletterqueue.topic.name')}.`,
    );
  }
  const { deadLetterTopic: _unnamed, ...others } = errors;
  written['errors'] = others;
}

/** An undocumented key of the Java connector, which counts failed commits with it. */
function checkRetries({ connector }: ConnectFiles, findings: Findings): void {
  const found = connector.entries.get('sink.maxretries');
  if (found === undefined || (wholeNumberText.test(found.value) && Number(found.value) >= -1)) return;
  findings.problems.push(outOfRange(found, found.place, [-1, Number.MAX_SAFE_INTEGER], ''));
}

function connectOrigins(files: ConnectFiles, origins: ReadonlyMap<string, Entry>): Origins {
  const leaves = new Map(modelLeaves().map(({ path, meta }) => [dotted(path), meta.connect]));
  const connectKey = (path: readonly PropertyKey[]): ConnectKey | undefined => leaves.get(dotted(path));
  return {
    find(path) {
      for (let length = path.length; length > 0; length -= 1) {
        const found = origins.get(dotted(path.slice(0, length)));
        if (found !== undefined)
          return {
            name: found.key,
            place: place(found, files, connectKey(path)),
            whole: length === path.length,
            ...(isReference(found) && { shown: found.raw }),
          };
      }
      return undefined;
    },
    name(path) {
      const connect = connectKey(path);
      if (connect === undefined) return dotted(path);
      return connect.scope === 'consumer' && connect.workerDefault !== true
        ? `consumer.override.${connect.key}`
        : connect.key;
    },
    home: (path) => {
      const connect = connectKey(path);
      return connect?.scope === 'worker' || (connect?.scope === 'consumer' && connect.workerDefault === true)
        ? files.worker.file
        : files.connector.file;
    },
  };
}

/** A connector's setting in the worker's file needs a word: the Java connector would not even have read it there. */
function place(found: Entry, { worker }: ConnectFiles, connect: ConnectKey | undefined): string {
  const asDefault = connect?.scope === 'connector' && worker.entries.get(found.key) === found;
  return asDefault ? `${found.place}, as the default of its connectors` : found.place;
}
