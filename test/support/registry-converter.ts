import { onTestFinished } from 'vitest';
import { type SchemaAndValue } from '../../src/core/connect-data.ts';
import { type Compatibility, type Converter } from '../../src/operators/decode/converter.ts';
import { createConverter } from '../../src/operators/decode/create-converter.ts';
import { FakeRegistry, type ServedSchema } from './fake-registry.ts';

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
  /** By the path of the REST API. */
  readonly served?: Readonly<Record<string, ServedSchema>>;
}

export async function registryFixture(
  name: string,
  schema: ServedSchema,
  { settings = {}, compatibility = 'exact', served = {} }: FixtureOptions = {},
): Promise<RegistryFixture> {
  const registry = await FakeRegistry.start({ '/schemas/ids/1': schema, ...served });
  const entries = { ...settings, 'schema.registry.url': registry.url };
  const converter = createConverter(name, entries, { prefix: 'value.converter.', compatibility });
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
  const record = { topic: 'orders', headers };
  await converter.prepare?.(bytes, record);
  return converter.toConnect(bytes, record);
}

/** A payload behind the id of its schema. */
export function frame(id: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, payload]);
}
