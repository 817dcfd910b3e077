import { describe, expect, it } from 'vitest';
import { connectFiles, load, loadOne, pipelineYaml, problemsOf } from './support.ts';

const chain = {
  transforms: 'drop , route',
  'transforms.drop.type': 'org.apache.kafka.connect.transforms.Filter',
  'transforms.drop.predicate': 'isTombstone',
  'transforms.drop.negate': 'true',
  'transforms.route.type': 'RegexRouter',
  'transforms.route.regex': '(.*)',
  'transforms.route.replacement': 'x_$1',
  predicates: 'isTombstone',
  'predicates.isTombstone.type': 'RecordIsTombstone',
};

describe("Kafka Connect's transforms", () => {
  it('of a connector are all its keys of transforms and predicates, with the converter of its keys', async () => {
    const { connectTransforms, key } = await loadOne(connectFiles({ connector: chain }));
    expect(connectTransforms).toEqual(chain);
    expect(key).toEqual({ converter: 'json-with-schemas', options: {} });
  });

  it('in a pipeline file are the same keys; a list may be one', async () => {
    const yaml = `connectTransforms:
  transforms: [drop, route]
  transforms.drop.type: Filter
  transforms.drop.negate: true
  transforms.route.length: 5
key:
  converter: avro
  schemaRegistry: { urls: [http://r:8081] }`;
    const { connectTransforms, key } = await loadOne(pipelineYaml(yaml));
    expect(connectTransforms).toEqual({
      transforms: 'drop,route',
      'transforms.drop.type': 'Filter',
      'transforms.drop.negate': 'true',
      'transforms.route.length': '5',
    });
    expect(key).toMatchObject({ converter: 'avro', schemaRegistry: { urls: ['http://r:8081'] } });
  });

  it('may give records any topic, so that no table is warned about', async () => {
    const map = { 'starrocks.topic2table.map': 'x_orders:orders' };
    expect((await load(connectFiles({ connector: { ...map, ...chain } }))).warnings).toEqual([]);
    expect((await load(connectFiles({ connector: map }))).warnings).toHaveLength(1);
  });

  it('with a registry for keys read its settings behind key.converter', async () => {
    const { key } = await loadOne(
      connectFiles({
        connector: {
          ...chain,
          'key.converter': 'Avro',
          'key.converter.schema.registry.url': 'http://r:8081',
          'key.converter.basic.auth.credentials.source': 'USER_INFO',
          'key.converter.basic.auth.user.info': 'me:pass',
        },
      }),
    );
    expect(key?.schemaRegistry).toMatchObject({ urls: ['http://r:8081'], username: 'me', password: 'pass' });
  });

  it.each([
    [
      connectFiles({ connector: { ...chain, 'key.converter': 'Avro' } }),
      '`key.converter.schema.registry.url` is missing in c: the converter reads the schemas of the keys there.',
    ],
    [
      connectFiles({ connector: { ...chain, 'key.converter': 'Json', 'key.converter.schemas.enable': 'no' } }),
      '`key.converter.schemas.enable` is `no` (c:18), but it must be true or false.',
    ],
    [
      pipelineYaml('connectTransforms: { transform: x }'),
      '`connectTransforms.transform` is `x` (p.yaml:11:22), but only `transforms`, `predicates` and keys that begin with one of them and a dot can stand here.',
    ],
    [
      pipelineYaml('connectTransforms: { transforms.a.x: { y: 1 } }'),
      '`connectTransforms.transforms.a.x` is a list of settings (p.yaml:11:22), but it must be a text, a number, true or false, or a list of them.',
    ],
  ])('are refused where they are wrong: %#', async (files, problem) => {
    expect(await problemsOf(files)).toEqual([problem]);
  });

  it.each([
    [
      { 'delete.mode': 'soft', 'delete.column': 'gone' },
      { mode: 'soft', column: 'gone', tombstones: false },
    ],
    [{ 'delete.mode': 'ignore' }, { mode: 'ignore', tombstones: false }],
    [{ 'delete.tombstones': 'TRUE' }, { mode: 'apply', tombstones: true }],
  ])('go with what deletes do: %j', async (connector, deletes) => {
    expect((await loadOne(connectFiles({ connector }))).deletes).toEqual(deletes);
  });

  it.each([
    [
      { 'delete.mode': 'soft' },
      '`delete.column` is missing in c: with `delete.mode` `soft` it names the column that says whether a row is deleted.',
    ],
    [
      { 'delete.mode': 'ignore', 'delete.tombstones': 'true' },
      '`delete.tombstones` is `true` (c:9), but the rows that it makes can only delete, so that `delete.mode` must be `apply`.',
    ],
    [
      { 'delete.mode': 'ignore', 'value.converter': 'ByteArrayConverter' },
      '`delete.mode` is `ignore` (c:8), but it is for rows with fields, which `value.converter` does not make; it must be `apply`.',
    ],
    [{ 'delete.mode': 'drop' }, '`delete.mode` is `drop` (c:8), but it must be `apply` or `ignore` or `soft`.'],
  ])('cannot have deletes that mean nothing: %j', async (connector, problem) => {
    expect(await problemsOf(connectFiles({ connector }))).toEqual([problem]);
  });

  it('are not there without a list of them, and then nobody asks how keys are read', async () => {
    const connector = { 'transforms.drop.type': 'Filter', 'key.converter': 'com.example.Own' };
    expect(await loadOne(connectFiles({ connector }))).not.toHaveProperty('key');
  });
});
