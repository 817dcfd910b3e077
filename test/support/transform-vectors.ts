import { readFileSync } from 'node:fs';

import { type ConnectHeader, ConnectRecord } from '../../src/core/connect-record.ts';
import { ConfigError } from '../../src/core/errors.ts';
import { type Compatibility } from '../../src/operators/decode/converter.ts';
import { createConverter } from '../../src/operators/decode/create-converter.ts';
import { SimpleHeaderConverter } from '../../src/operators/decode/simple-header-converter.ts';
import { createTransformChain, TransformError } from '../../src/operators/transform/transform-chain.ts';
import { schemaDump, typedDump } from './typed-dump.ts';

interface Bytes {
  readonly utf8?: string;
  readonly b64?: string;
  readonly json?: unknown;
}

/** Records and the settings of the transforms that they go through. */
export interface TransformVector {
  readonly id: string;
  readonly config: Readonly<Record<string, string>>;
  readonly records: readonly {
    readonly topic: string;
    readonly partition?: number;
    readonly offset?: number;
    readonly timestamp?: number | null;
    readonly key?: Bytes | null;
    readonly value?: Bytes | null;
    readonly headers?: readonly (readonly [string, Bytes | null])[];
  }[];
}

interface DumpedHeader {
  readonly key: string;
  readonly schema: unknown;
  readonly value: unknown;
}

/** What became of a record. */
export interface TransformResult {
  readonly dropped?: boolean;
  readonly error?: { readonly message: string | null; readonly class?: string };
  readonly record?: {
    readonly topic: string;
    readonly keySchema: unknown;
    readonly key: unknown;
    readonly valueSchema: unknown;
    readonly value: unknown;
    readonly headers: readonly DumpedHeader[];
  };
}

/** A line of what was recorded, or of what is to be compared with it. */
export interface TransformOutcome {
  readonly id: string;
  readonly configError?: { readonly message: string; readonly class?: string };
  readonly results?: readonly TransformResult[];
}

/** The lines of a file in test/vectors/connect. */
export function vectorLines<T>(name: string): T[] {
  const text = readFileSync(new URL(`../vectors/connect/${name}`, import.meta.url), 'utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as T);
}

/** The records and transforms in a file, each beside what became of them. */
export function transformCases(input: string, output: string): readonly TransformCase[] {
  const outcomes = vectorLines<TransformOutcome>(output);
  const [first, ...lines] = vectorLines<TransformVector & { readonly schemas?: Readonly<Record<string, unknown>> }>(
    input,
  );
  const schemas = first?.schemas;
  const vectors = schemas === undefined ? [first, ...lines] : lines;
  return vectors.flatMap((vector, index) => {
    const expected = outcomes[index];
    if (vector === undefined || expected === undefined) return [];
    return [{ id: vector.id, vector: withSchemas(vector, schemas ?? {}), expected }];
  });
}

export interface TransformCase {
  readonly id: string;
  readonly vector: TransformVector;
  readonly expected: TransformOutcome;
}

/** A schema that many records have is given by its name. */
function withSchemas(vector: TransformVector, schemas: Readonly<Record<string, unknown>>): TransformVector {
  const named = (bytes: Bytes | null | undefined): Bytes | null => {
    const json = (bytes?.json ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof json['schema'] !== 'string') return bytes ?? null;
    return { json: { ...json, schema: schemas[json['schema']] } };
  };
  const records = vector.records.map((record) => ({ ...record, key: named(record.key), value: named(record.value) }));
  return { ...vector, records };
}

/** Converts the records and sends them through the transforms, as the pipeline does. */
export function runTransforms(
  { id, config, records }: TransformVector,
  compatibility: Compatibility,
): TransformOutcome {
  const keys = jsonConverter('key', config, compatibility);
  const values = jsonConverter('value', config, compatibility);
  const headerConverter = new SimpleHeaderConverter(compatibility);
  let chain;
  try {
    chain = createTransformChain(config, { compatibility });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { id, configError: { message: error.message } };
  }
  const results = records.map((given): TransformResult => {
    const { topic, partition = 0, offset = 0, timestamp } = given;
    const origin = { topic, partition, offset, timestamp: timestamp ?? -1, key: null, value: null, headers: {} };
    const headers = (given.headers ?? []).map(([name, bytes]): ConnectHeader => {
      const { schema, value } = headerConverter.toConnectHeader(bytesOf(bytes));
      return { name, schema, value };
    });
    const key = keys.toConnect(bytesOf(given.key), origin);
    const { schema, value } = values.toConnect(bytesOf(given.value), origin);
    const record = new ConnectRecord({ origin, topic, key, schema, value, headers });
    try {
      const transformed = chain.apply(record);
      return transformed === null ? { dropped: true } : { record: dump(transformed) };
    } catch (error) {
      if (!(error instanceof TransformError)) throw error;
      return { error: { message: error.message } };
    }
  });
  return { id, results };
}

function jsonConverter(part: 'key' | 'value', config: TransformVector['config'], compatibility: Compatibility) {
  const prefix = `${part}.converter.`;
  const entries = {
    'schemas.enable': config[`${prefix}schemas.enable`] ?? 'true',
    'replace.null.with.default': 'false',
  };
  return createConverter('JsonConverter', entries, { prefix, compatibility });
}

function bytesOf(bytes: Bytes | null | undefined): Uint8Array | null {
  if (bytes === undefined || bytes === null) return null;
  if (bytes.b64 !== undefined) return Buffer.from(bytes.b64, 'base64');
  return Buffer.from(bytes.utf8 ?? JSON.stringify(bytes.json), 'utf8');
}

function dump({ topic, key, schema, value, headers }: ConnectRecord): NonNullable<TransformResult['record']> {
  return {
    topic,
    keySchema: schemaDump(key.schema),
    key: typedDump(key.schema, key.value),
    valueSchema: schemaDump(schema),
    value: typedDump(schema, value),
    headers: headers.map((header) => ({
      key: header.name,
      schema: schemaDump(header.schema),
      value: typedDump(header.schema, header.value),
    })),
  };
}

/**
 * What is compared of an outcome: a number without schema has no width, a map without schema no order, and of errors what
 * Kafka Connect says on purpose.
 */
export function comparable({ config, records }: TransformVector, { results, configError }: TransformOutcome): unknown {
  const target = config['transforms.t0.target.type'];
  if (configError) return 'refused';
  return results?.map((result, index) => ({ given: records[index], ...comparableResult(result, target) }));
}

/** Whether settings are refused in Kafka's words, which name a key without what stands before it. */
export function isRefusedAlike(actual: TransformOutcome, expected: TransformOutcome): boolean {
  const own = actual.configError?.message.replaceAll(/(?:transforms\.t0|predicates\.p)\./g, '') ?? '';
  return own.includes(expected.configError?.message.replace(/\.$/, '') ?? own);
}

function comparableResult({ record, error }: TransformResult, target: string | undefined): object {
  if (error) {
    const isBug = error.class?.endsWith('NullPointerException') === true;
    return { error: isBug ? null : error.message?.replace(/^(Timestamp missing on record).*/s, '$1') };
  }
  if (!record) return { dropped: true };
  const { topic, keySchema, valueSchema, headers } = record;
  return {
    topic,
    keySchema,
    valueSchema,
    key: keySchema === null ? untyped(record.key, target) : sorted(record.key),
    value: valueSchema === null ? untyped(record.value, target) : sorted(record.value),
    headers: headers.map(({ key, schema, value }) => ({
      key,
      schema,
      value: schema === null ? untyped(value, target) : value,
    })),
  };
}

type Dumped = Readonly<Record<string, unknown>>;

function untyped(value: unknown, target: string | undefined): unknown {
  if (value === null) return null;
  const [[kind, data] = ['', null]] = Object.entries(value as Dumped);
  if (/^int/.test(kind)) return { number: numberText(data as string) };
  if (/^float/.test(kind)) return { number: numberText(data as string) };
  if (kind === 'date') return { string: starRocksText(Number(data), target) };
  if (kind === 'array') return { array: (data as unknown[]).map((item) => untyped(item, target)) };
  if (kind === 'map') return { map: inOrder(data as Pairs).map(([name, member]) => [name, untyped(member, target)]) };
  return value;
}

type Pairs = readonly (readonly [unknown, unknown])[];

/** The entries of a map in the order of their keys: Java has none. */
function inOrder(pairs: Pairs): Pairs {
  return [...pairs].sort(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    key === 'map' ? inOrder(member as Pairs).map(([name, data]) => [name, sorted(data)]) : sorted(member),
  ]);
  return Object.fromEntries(entries);
}

function numberText(text: string): string {
  if (/^-?\d+$/.test(text)) return text;
  const number = Number(text);
  return Number.isInteger(number) && number !== 0 ? BigInt(number).toString() : String(number);
}

/** A date without schema, which is text here. */
function starRocksText(ms: number, target: string | undefined): string {
  const [date = '', time = ''] = new Date(ms).toISOString().replace('Z', '').replace('.000', '').split('T');
  if (target === 'Date') return date;
  return target === 'Time' ? time : `${date} ${time}`;
}
