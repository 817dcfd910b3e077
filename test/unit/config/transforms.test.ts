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

  it('are not there without a list of them, and then nobody asks how keys are read', async () => {
    const connector = { 'transforms.drop.type': 'Filter', 'key.converter': 'com.example.Own' };
    expect(await loadOne(connectFiles({ connector }))).not.toHaveProperty('key');
  });
});
