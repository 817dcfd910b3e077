import { describe, expect, it } from 'vitest';
import { type ConnectSchema } from '../../../../src/core/connect-data.ts';
import { Decimal } from '../../../../src/core/decimal.ts';
import { NumberText } from '../../../../src/core/number-text.ts';
import { jsonText } from '../../../../src/operators/json/write-json.ts';
import { utf8 } from '../../../support/records.ts';
import { type FixtureOptions, registryFixture } from '../../../support/registry-converter.ts';

async function read(schema: unknown, json: string, options?: FixtureOptions) {
  const served = { schema: JSON.stringify(schema), schemaType: 'JSON' };
  const fixture = await registryFixture('JsonSchemaConverter', served, options);
  return fixture.read(utf8(json));
}

function object(properties: object, more: object = {}): object {
  return { type: 'object', properties, ...more };
}

describe('JsonSchemaConverter', () => {
  it('keeps every digit, whatever its size: a schema in JSON promises neither 64 bits nor a double', async () => {
    const schema = object({ i: { type: 'integer' }, n: { type: 'number' } });
    const json = '{"i":18446744073709551616,"n":12345678901234567890.10}';
    expect(jsonText((await read(schema, json)).value)).toBe(json);
    expect((await read(schema, '{"i":9223372036854775808,"n":0.10}', { compatibility: 'java' })).value).toEqual({
      i: -9223372036854775808n,
      n: 0.1,
    });
  });

  it("maps types as Confluent's converter does", async () => {
    const schema = object(
      {
        i: { type: 'integer', 'connect.type': 'int16', 'connect.index': 1 },
        f: { type: 'number', 'connect.type': 'float32', 'connect.index': 0 },
        b: { type: 'boolean', default: true },
        y: { type: 'string', 'connect.type': 'bytes' },
        e: { enum: ['A', 'B'] },
        a: { type: 'array', items: { type: 'string' } },
        m: { type: 'object', 'connect.type': 'map', additionalProperties: { type: 'integer' } },
        o: { oneOf: [{ type: 'null' }, { type: 'string' }], title: 'my.Text', 'connect.version': 3 },
        d: {
          type: 'number',
          title: 'org.apache.kafka.connect.data.Decimal',
          'connect.type': 'bytes',
          'connect.parameters': { scale: '2' },
        },
      },
      { title: 'shop.Order', required: ['i'] },
    );
    const json =
      '{"i":1,"f":0.5,"b":false,"y":"AQ==","e":"A","a":["x",null],"m":{"k":2},"o":null,"d":12.50,"unknown":1}';
    const { schema: connect, value } = await read(schema, json);
    expect(value).toEqual({
      i: 1,
      f: 0.5,
      b: false,
      y: Buffer.from([1]),
      e: 'A',
      a: ['x', null],
      m: new Map([['k', 2]]),
      o: null,
      d: new Decimal(1250n, 2),
    });
    expect(connect).toMatchObject({ type: 'struct', name: 'shop.Order', optional: false });
    const fields = fieldsOf(connect);
    expect(Object.keys(fields).slice(0, 2)).toEqual(['f', 'i']);
    expect(fields).toMatchObject({
      i: { type: 'int16', optional: false },
      f: { type: 'float32' },
      b: { type: 'boolean', default: true, optional: false },
      y: { type: 'bytes' },
      a: { type: 'array', items: { type: 'string' } },
      m: { type: 'map', keys: { type: 'string' }, values: { type: 'int64' } },
      o: { type: 'string', optional: true, name: 'my.Text', version: 3 },
      d: { type: 'bytes', name: 'org.apache.kafka.connect.data.Decimal', parameters: { scale: '2' } },
    });
  });

  it('takes a missing property for null, and makes it optional only when it is asked to', async () => {
    const schema = object({ a: { type: 'string' } });
    expect((await read(schema, '{}')).value).toEqual({ a: null });
    expect(fieldsOf((await read(schema, '{}')).schema)['a']?.optional).toBe(false);
    const settings = { 'use.optional.for.nonrequired': 'true' };
    expect(fieldsOf((await read(schema, '{}', { settings })).schema)['a']?.optional).toBe(true);
  });

  it('puts a value that may be of several types in a struct of them', async () => {
    const schema = object({
      u: { oneOf: [{ type: 'integer' }, { type: 'string' }, object({ x: { type: 'number' } })] },
    });
    const field = (index: number): string => `io.confluent.connect.json.OneOf.field.${index}`;
    const values = async (json: string): Promise<unknown> => (await read(schema, json)).value;
    expect(await values('{"u":5}')).toEqual({ u: { [field(0)]: 5, [field(1)]: null, [field(2)]: null } });
    expect(await values('{"u":"s"}')).toMatchObject({ u: { [field(1)]: 's' } });
    expect(await values('{"u":{"x":0.10}}')).toMatchObject({ u: { [field(2)]: { x: new NumberText('0.10') } } });
    await expect(values('{"u":true}')).rejects.toMatchObject({
      cause: { message: 'The JSON Schema asks for one of several types where the record has true' },
    });
  });

  it('follows references, in the document, to other documents, and to what contains them', async () => {
    const schema = {
      $id: 'http://shop/order.json',
      ...object({ next: { $ref: '#' }, city: { $ref: '#/$defs/a~1b' }, geo: { $ref: 'geo.json#/definitions/Point' } }),
      $defs: { 'a/b': { type: 'string' } },
    };
    const served = {
      '/schemas/ids/1': {
        schemaType: 'JSON',
        schema: JSON.stringify(schema),
        references: [{ name: 'http://shop/geo.json', subject: 'geo', version: 1 }],
      },
      '/subjects/geo/versions/1': {
        schemaType: 'JSON',
        schema: JSON.stringify({ definitions: { Point: object({ x: { type: 'integer' } }) } }),
      },
    };
    const { value } = await read(schema, '{"city":"B","geo":{"x":1},"next":{"city":"C"}}', { served });
    expect(value).toEqual({ city: 'B', geo: { x: 1 }, next: { city: 'C', geo: null, next: null } });
  });

  it('takes allOf together', async () => {
    const schema = {
      allOf: [object({ a: { type: 'string' } }), { $ref: '#/$defs/b' }],
      $defs: { b: object({ b: { type: 'integer' } }) },
    };
    expect((await read(schema, '{"a":"x","b":1}')).value).toEqual({ a: 'x', b: 1 });
  });

  it.each([
    ['{"a":"1"}', 'The JSON Schema asks for an integer where the record has "1"'],
    ['{"a":1.5}', 'The JSON Schema asks for an integer where the record has 1.5'],
    ['[]', 'The JSON Schema asks for an object where the record has []'],
  ])('refuses %s', async (json, message) => {
    await expect(read(object({ a: { type: 'integer' } }), json)).rejects.toMatchObject({ cause: { message } });
  });

  it('refuses a reference that leads nowhere', async () => {
    await expect(read(object({ a: { $ref: '#/nowhere' } }), '{}')).rejects.toMatchObject({
      message: 'Converting byte[] to Kafka Connect data failed due to serialization error of topic orders',
      cause: { message: 'The JSON Schema refers to #/nowhere, where there is no schema' },
    });
  });
});

function fieldsOf(schema: ConnectSchema | null): Record<string, ConnectSchema> {
  const fields = schema?.type === 'struct' ? schema.fields : [];
  return Object.fromEntries(fields.map((field) => [field.name, field.schema]));
}
