import { onTestFinished } from 'vitest';
import { type SchemaAndValue } from '../../src/core/connect-data.ts';
import { recordList } from '../../src/core/record-batch.ts';
import { type Compatibility, type Converter } from '../../src/operators/decode/converter.ts';
import { createConverter } from '../../src/operators/decode/create-converter.ts';
import { type RegistrySettings } from '../../src/operators/decode/registry/registry-options.ts';
import { FakeRegistry, type ServedSchema } from './fake-registry.ts';
import { recordOf } from './records.ts';

/** A converter over a registry with one schema, whose id is 1, and what it refers to. */
export interface RegistryFixture {
  readonly converter: Converter;
  readonly registry: FakeRegistry;
  /** Reads a payload of the schema; the frame is put round it. */
  readonly read: (payload: Uint8Array, headers?: Readonly<Record<string, unknown>>) => Promise<SchemaAndValue>;
}

export interface FixtureOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly compatibility?: Compatibility;
  readonly registry?: Partial<RegistrySettings>;
  /** By the path of the REST API. */
  readonly served?: Readonly<Record<string, ServedSchema>>;
}

/** A registry without credentials, with changes. */
export function registrySettings(url: string, changes: Partial<RegistrySettings> = {}): RegistrySettings {
  return { urls: [url], connectTimeoutMs: 10_000, readTimeoutMs: 10_000, ...changes };
}

export async function registryFixture(
  name: string,
  schema: ServedSchema,
  { settings = {}, compatibility = 'exact', served = {}, registry: registryChanges = {} }: FixtureOptions = {},
): Promise<RegistryFixture> {
  const registry = await FakeRegistry.start({ '/schemas/ids/1': schema, ...served });
  const converter = createConverter(name, settings, {
    prefix: 'value.converter.',
    compatibility,
    registry: registrySettings(registry.url, registryChanges),
  });
  onTestFinished(() => converter.close?.());
  return {
    converter,
    registry,
    read: (payload, headers = {}) => convert(converter, frame(1, payload), headers),
  };
}

/** Prepares and converts one record. */
export async function convert(
  converter: Converter,
  bytes: Uint8Array | null,
  headers: Readonly<Record<string, unknown>> = {},
): Promise<SchemaAndValue> {
  const record = { ...recordOf(bytes), headers };
  await converter.prepareValue?.(recordList([record]), 0);
  return converter.toConnect(bytes, record);
}

/** A payload behind the id of its schema. */
export function frame(id: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, payload]);
}
