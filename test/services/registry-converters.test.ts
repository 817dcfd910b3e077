import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import protobuf from 'protobufjs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type RegistryService, startRegistry } from '../../services/index.ts';
import { type RawValue, type RecordBatch } from '../../src/core/record-batch.ts';
import { convertValues } from '../../src/operators/decode/convert-values.ts';
import { type Converter } from '../../src/operators/decode/converter.ts';
import { createConverter } from '../../src/operators/decode/create-converter.ts';
import { type RegistrySettings } from '../../src/operators/decode/registry/registry-options.ts';
import { toRow } from '../../src/operators/encode/connect-row.ts';
import { jsonText } from '../../src/operators/json/write-json.ts';
import { eventually } from '../support/eventually.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { batchOf, valuesOf } from '../support/records.ts';
import { frame, registrySettings } from '../support/registry-converter.ts';
import { through } from '../support/through.ts';

let service: RegistryService;
let writer: SchemaRegistry;

beforeAll(async () => {
  service = await startRegistry();
  writer = new SchemaRegistry({ host: service.url });
});
afterAll(() => service.stop());

function converter(name: string, changes: Partial<RegistrySettings> = {}, logger = new RecordingLogger()): Converter {
  const registry = registrySettings(service.url, changes);
  const made = createConverter(name, {}, { prefix: 'value.converter.', registry, logger });
  onTestFinished(() => made.close?.());
  return made;
}

async function rows(batch: RecordBatch<RawValue>, made: Converter): Promise<(string | undefined)[]> {
  const converted = await through(batch, convertValues(made, 'a.b.Converter'));
  return valuesOf(converted).map(({ schema, value }) => jsonText(toRow(schema)(value)));
}

test('rows come out of what another library wrote in Avro, also when the schema changes from record to record', async () => {
  const field = (name: string, type: unknown) => ({ name, type });
  const v1 = {
    type: 'record',
    name: 'Order',
    namespace: 'shop',
    fields: [field('id', 'long'), field('at', { type: 'long', logicalType: 'timestamp-micros' })],
  };
  const v2 = { ...v1, fields: [...v1.fields, { ...field('note', ['null', 'string']), default: null }] };
  const register = (schema: object) =>
    writer.register({ type: SchemaType.AVRO, schema: JSON.stringify(schema) }, { subject: 'orders-value' });
  const [first, second] = [await register(v1), await register(v2)];
  expect(second.id).not.toBe(first.id);
  const values = [
    await writer.encode(first.id, { id: 1, at: 1_714_521_600_000_001 }),
    await writer.encode(second.id, { id: 2, at: 0, note: 'ü' }),
    null,
    await writer.encode(first.id, { id: 3, at: -1 }),
  ];
  expect(await rows(batchOf<RawValue>(values), converter('AvroConverter'))).toEqual([
    '{"id":1,"at":"2024-05-01 00:00:00.000001"}',
    '{"id":2,"at":"1970-01-01 00:00:00","note":"ü"}',
    'null',
    '{"id":3,"at":"1969-12-31 23:59:59.999999"}',
  ]);
});

test('rows come out of Protobuf whose schema another library registered', async () => {
  const schema =
    'syntax = "proto3"; package shop; message Order { int64 id = 1; repeated string tags = 2; map<string, double> prices = 3; }';
  const { id } = await writer.register({ type: SchemaType.PROTOBUF, schema }, { subject: 'proto-value' });
  // That library leaves out the indexes of the message, which all of Confluent's write: a zero for the first one.
  const type = protobuf.parse(schema).root.lookupType('shop.Order');
  const payload = type.encode({ id: 7, tags: ['a', 'b'], prices: { x: 0.5 } }).finish();
  const value = frame(id, Buffer.concat([Buffer.from([0]), payload]));
  expect(await rows(batchOf<RawValue>([value]), converter('ProtobufConverter'))).toEqual([
    '{"id":7,"tags":["a","b"],"prices":{"x":0.5}}',
  ]);
});

test('rows come out of what another library wrote with a JSON Schema', async () => {
  const schema = JSON.stringify({
    type: 'object',
    properties: { id: { type: 'integer' }, n: { type: ['number', 'null'] } },
  });
  const { id } = await writer.register({ type: SchemaType.JSON, schema }, { subject: 'json-value' });
  const value = await writer.encode(id, { id: 7, n: 0.1 });
  expect(await rows(batchOf<RawValue>([value]), converter('JsonSchemaConverter'))).toEqual(['{"id":7,"n":0.1}']);
});

test('an envelope waits for a registry that is stuck, and goes on when it answers', async () => {
  const schema = JSON.stringify({ type: 'record', name: 'Waiting', fields: [{ name: 'a', type: 'int' }] });
  const { id } = await writer.register({ type: SchemaType.AVRO, schema }, { subject: 'waiting-value' });
  const value = await writer.encode(id, { a: 1 });
  const logger = new RecordingLogger();
  const settings = { connectTimeoutMs: 100, readTimeoutMs: 100 };
  await service.pause();
  const converted = rows(batchOf<RawValue>([value]), converter('AvroConverter', settings, logger));
  await eventually(() => expect(logger.messages('warn').length).toBeGreaterThan(1));
  service.resume();
  expect(await converted).toEqual(['{"a":1}']);
});
