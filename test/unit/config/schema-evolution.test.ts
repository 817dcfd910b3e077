import { describe, expect, it } from 'vitest';
import { connectFiles, loadOne, pipelineYaml, problemsOf } from './support.ts';

const WITH_SCHEMAS = { 'value.converter.schemas.enable': 'true', 'value.converter': 'Json' };

describe('schema evolution', () => {
  it('is off, and knows where the MySQL port of the FEs usually is', async () => {
    const { schemaEvolution, starrocks } = await loadOne(
      connectFiles({ connector: { 'starrocks.http.url': 'fe1:8030,https://fe2' } }),
    );
    expect(schemaEvolution).toEqual({ addColumns: false, createTables: false, keyFields: [], tableProperties: {} });
    expect(starrocks.mysqlAddresses).toEqual(['fe1:9030', 'fe2:9030']);
  });

  it('is set by keys of the connector', async () => {
    const { schemaEvolution, starrocks, key } = await loadOne(
      connectFiles({
        connector: {
          ...WITH_SCHEMAS,
          'auto.evolve': 'true',
          'auto.create': 'TRUE',
          'pk.fields': 'id, place',
          'auto.create.properties.replication_num': '1',
          'starrocks.mysql.url': 'fe1:9031, fe2:9030',
        },
      }),
    );
    expect(schemaEvolution).toEqual({
      addColumns: true,
      createTables: true,
      keyFields: ['id', 'place'],
      tableProperties: { replication_num: '1' },
    });
    expect(starrocks.mysqlAddresses).toEqual(['fe1:9031', 'fe2:9030']);
    expect(key).toBeUndefined();
  });

  it('reads the keys of records where they tell the key of a new table', async () => {
    const { key } = await loadOne(connectFiles({ connector: { ...WITH_SCHEMAS, 'auto.create': 'true' } }));
    expect(key).toEqual({ converter: 'json-with-schemas', options: {} });
  });

  it('is set in a pipeline file', async () => {
    const { schemaEvolution } = await loadOne(
      pipelineYaml(`value: { converter: json-with-schemas }
schemaEvolution: { addColumns: true, createTables: true, tableProperties: { replication_num: 1 } }`),
    );
    expect(schemaEvolution).toEqual({
      addColumns: true,
      createTables: true,
      keyFields: [],
      tableProperties: { replication_num: '1' },
    });
  });

  it.each<[Record<string, string>, string]>([
    [
      { 'auto.evolve': 'true' },
      '`auto.evolve` is `true` (c:8), but columns are made of the types in the schemas of values, and `value.converter` brings none; make it `avro`, `protobuf`, `json-schema` or `json-with-schemas`, or leave the tables to somebody who knows the types.',
    ],
    [
      { 'auto.create': 'true', 'value.compatibility': 'java', ...WITH_SCHEMAS },
      '`auto.create` is `true` (c:8), but the columns are those of rows as `exact` writes them; `value.compatibility` must be `exact`.',
    ],
    [
      { 'auto.evolve': 'true', 'sink.table.orders.properties.columns': 'id', ...WITH_SCHEMAS },
      '`auto.evolve` is `true` (c:8), but fields find their columns by their names alone; `sink.properties.format` must be `json`, and no table may have `columns` or `jsonpaths` among its properties.',
    ],
    [{ 'starrocks.mysql.url': 'fe1' }, '`starrocks.mysql.url` has `fe1` (c:8), but it must be host:port.'],
    [{ 'auto.evolv': 'true' }, '`auto.evolv` (c:8) is not a setting; did you mean `auto.evolve`?'],
  ])('is refused where it cannot work: %o', async (connector, problem) => {
    expect(await problemsOf(connectFiles({ connector }))).toEqual([problem]);
  });
});
