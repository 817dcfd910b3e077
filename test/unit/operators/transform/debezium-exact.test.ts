import { describe, expect, it } from 'vitest';
import { type ConnectValue, type StructSchema } from '../../../../src/core/connect-data.ts';
import { type ConnectRecord } from '../../../../src/core/connect-record.ts';
import { type Compatibility } from '../../../../src/operators/decode/converter.ts';
import { createTransformChain, type TransformChain } from '../../../../src/operators/transform/transform-chain.ts';
import { connectRecord } from '../../../support/connect-records.ts';

const ROW: StructSchema = {
  type: 'struct',
  optional: true,
  name: 'srv.public.t.Value',
  fields: [
    { name: 'id', schema: { type: 'int32', optional: false } },
    { name: 'name', schema: { type: 'string', optional: true, default: 'dflt' } },
  ],
};
const SOURCE: StructSchema = {
  type: 'struct',
  optional: false,
  fields: [{ name: 'db', schema: { type: 'string', optional: false } }],
};
const EVENT: StructSchema = {
  type: 'struct',
  optional: false,
  name: 'srv.public.t.Envelope',
  fields: [
    { name: 'before', schema: ROW },
    { name: 'after', schema: ROW },
    { name: 'source', schema: SOURCE },
    { name: 'op', schema: { type: 'string', optional: false } },
  ],
};
const OLD = { id: 1, name: null };
const NEW = { id: 1, name: 'n' };
const WITHOUT_ROW =
  'The delete event has no `before`, so that the row to delete is not known. Let the source write it (in PostgreSQL: ALTER TABLE … REPLICA IDENTITY FULL)';

function event(op: string, before: ConnectValue, after: ConnectValue, schema: StructSchema | null): ConnectRecord {
  return connectRecord({ before, after, source: { db: 'd' }, op }, { schema });
}

function doc(compatibility: Compatibility): TransformChain {
  const entries = {
    transforms: 'addfield,unwrap',
    'transforms.addfield.type': 'com.starrocks.connector.kafka.transforms.AddOpFieldForDebeziumRecord',
    'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
    'transforms.unwrap.drop.tombstones': 'true',
    'transforms.unwrap.delete.handling.mode': 'rewrite',
  };
  return createTransformChain(entries, { compatibility });
}

function unwrap(mode: string, compatibility: Compatibility = 'exact'): TransformChain {
  const entries = {
    transforms: 'u',
    'transforms.u.type': 'ExtractNewRecordState',
    'transforms.u.delete.tombstone.handling.mode': mode,
  };
  return createTransformChain(entries, { compatibility });
}

describe("the product doc's transforms for Debezium", () => {
  it.each([
    ['with schema', EVENT],
    ['without schema', null],
  ])('make rows of the events of a table, %s', (_, schema) => {
    const chain = doc('exact');
    const row = (op: string, before: ConnectValue, after: ConnectValue): ConnectValue | undefined =>
      chain.apply(event(op, before, after, schema))?.value;
    expect(row('c', null, NEW)).toEqual({ ...NEW, __op: 0, __deleted: 'false' });
    expect(row('r', null, NEW)).toEqual({ ...NEW, __op: 0, __deleted: 'false' });
    expect(row('u', OLD, NEW)).toEqual({ ...NEW, __op: 0, __deleted: 'false' });
    expect(row('u', null, NEW)).toEqual({ ...NEW, __op: 0, __deleted: 'false' });
    expect(row('d', OLD, null)).toEqual({ ...OLD, __op: 1, __deleted: 'true' });
    expect(chain.apply(event('t', null, null, schema))).toBeNull();
    expect(chain.apply(connectRecord(null))).toBeNull();
  });

  it('say what the schema of the row is', () => {
    const transformed = doc('exact').apply(event('d', OLD, null, EVENT));
    expect(transformed?.schema).toEqual({
      type: 'struct',
      optional: false,
      name: 'srv.public.t.Value',
      fields: [
        ...ROW.fields,
        { name: '__op', schema: { type: 'int32', optional: false } },
        { name: '__deleted', schema: { type: 'string', optional: true } },
      ],
    });
  });

  it('leave the records of other topics alone', () => {
    const chain = doc('exact');
    const heartbeat = connectRecord({ ts_ms: 1 });
    expect(chain.apply(heartbeat)).toBe(heartbeat);
    const named = connectRecord(
      { ts_ms: 1 },
      { schema: { ...SOURCE, name: 'io.debezium.connector.common.Heartbeat' } },
    );
    expect(chain.apply(named)).toBe(named);
  });

  it('never lose a delete whose row is not known: the record fails', () => {
    for (const schema of [EVENT, null]) {
      expect(() => doc('exact').apply(event('d', null, null, schema))).toThrow(WITHOUT_ROW);
      expect(() => unwrap('rewrite').apply(event('d', null, null, schema))).toThrow(WITHOUT_ROW);
    }
  });

  it('with compatibility java, lose it and the rest that the Java classes lose', () => {
    const chain = doc('java');
    expect(chain.apply(event('d', null, null, EVENT))).toBeNull();
    expect(chain.apply(event('c', null, OLD, EVENT))?.value).toEqual({
      id: 1,
      name: 'dflt',
      __op: 0,
      __deleted: 'false',
    });
    expect(chain.apply(event('r', null, NEW, EVENT))?.value).toEqual({ ...NEW, __deleted: 'false' });
    const schemaless = event('d', OLD, null, null);
    expect(chain.apply(schemaless)).toBe(schemaless);
  });
});

describe('ExtractNewRecordState', () => {
  it('makes tombstones of deletes also when their rows are not known', () => {
    for (const mode of ['tombstone', 'delete-to-tombstone']) {
      expect(unwrap(mode).apply(event('d', null, null, EVENT))?.value).toBeNull();
      expect(unwrap(mode).apply(event('d', OLD, null, null))?.value).toBeNull();
    }
    expect(unwrap('drop').apply(event('d', null, null, EVENT))).toBeNull();
  });

  it('adds fields and headers of an event without schema', () => {
    const chain = createTransformChain({
      transforms: 'u',
      'transforms.u.type': 'ExtractNewRecordState',
      'transforms.u.delete.tombstone.handling.mode': 'drop',
      'transforms.u.add.fields': 'op,db,nope',
      'transforms.u.add.headers': 'op,source.db:DB',
    });
    const { value, headers } = chain.apply(event('c', null, NEW, null)) ?? {};
    expect(value).toEqual({ ...NEW, __op: 'c', __db: 'd' });
    expect(headers).toEqual([
      { name: '__op', schema: null, value: 'c' },
      { name: '__DB', schema: null, value: 'd' },
    ]);
  });
});

describe('ByLogicalTableRouter', () => {
  it('adds the topic to keys without schema', () => {
    const chain = createTransformChain({
      transforms: 'r',
      'transforms.r.type': 'ByLogicalTableRouter',
      'transforms.r.topic.regex': '(.*)_\\d+',
      'transforms.r.topic.replacement': '$1',
    });
    const record = connectRecord({ a: 1 }, { topic: 'orders_7', key: { schema: null, value: { id: 1 } } });
    const routed = chain.apply(record);
    expect(routed?.topic).toBe('orders');
    expect(routed?.key).toEqual({ schema: null, value: { id: 1, __dbz__physicalTableIdentifier: 'orders_7' } });
    expect(routed?.origin.topic).toBe('orders_7');
  });
});
