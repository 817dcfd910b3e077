import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createScene } from './support/scene.ts';
import { committedOffsets, produceValues } from './support/topic.ts';

/* The differences that docs/migration.md lists, in text columns: what is loaded, and what the Java connector would load. */

type Difference = readonly [
  name: string,
  schema: object | undefined,
  json: string,
  exact: string | null,
  java: string | null,
];

const REFUSED = 'refused';
const CONNECT = 'org.apache.kafka.connect.data';
const DEBEZIUM = 'io.debezium';

const WITH_SCHEMA: readonly Difference[] = [
  ['Date', { type: 'int32', name: `${CONNECT}.Date` }, '19844', '2024-05-01', '19844'],
  ['Time', { type: 'int32', name: `${CONNECT}.Time` }, '36672013', '10:11:12.013', '36672013'],
  [
    'Timestamp',
    { type: 'int64', name: `${CONNECT}.Timestamp` },
    '1714582980500',
    '2024-05-01 17:03:00.500',
    '1714582980500',
  ],
  [
    'MicroTimestamp',
    { type: 'int64', name: `${DEBEZIUM}.time.MicroTimestamp` },
    '1714582980500001',
    '2024-05-01 17:03:00.500001',
    '1714582980500001',
  ],
  [
    'ZonedTimestamp',
    { type: 'string', name: `${DEBEZIUM}.time.ZonedTimestamp` },
    '"2024-05-01T19:03:00+02:00"',
    '2024-05-01 17:03:00',
    '2024-05-01T19:03:00+02:00',
  ],
  [
    'VariableScaleDecimal',
    {
      type: 'struct',
      name: `${DEBEZIUM}.data.VariableScaleDecimal`,
      fields: [
        { field: 'scale', type: 'int32' },
        { field: 'value', type: 'bytes' },
      ],
    },
    '{"scale":2,"value":"BOI="}',
    '12.50',
    '{"scale":2,"value":"BOI="}',
  ],
  ['Bits', { type: 'bytes', name: `${DEBEZIUM}.data.Bits` }, '"BwA="', '7', 'BwA='],
  ['null with a default', { type: 'string', default: 'active', optional: true }, 'null', null, 'active'],
  [
    'map with keys that are no text',
    { type: 'map', keys: { type: 'int32' }, values: { type: 'int32' } },
    '[[1,2]]',
    '{"1":2}',
    '[[1,2]]',
  ],
  ['int8 out of its range', { type: 'int8' }, '300', REFUSED, '44'],
  ['int32 that is text', { type: 'int32' }, '"5"', REFUSED, '0'],
];

const PLAIN: readonly Difference[] = [
  ['2^64', undefined, '18446744073709551616', '18446744073709551616', '0'],
  ['2^64 - 1', undefined, '18446744073709551615', '18446744073709551615', '-1'],
  [
    '30 digits',
    undefined,
    '12345678901234567890.1234567890',
    '12345678901234567890.1234567890',
    '1.2345678901234567E19',
  ],
  ['0.10', undefined, '0.10', '0.10', '0.1'],
];

/** What is in the text column of each record: `refused` where there is no row. */
async function loaded(differences: readonly Difference[], connector: Readonly<Record<string, string>>) {
  const scene = await createScene({ columns: 'id INT, v STRING' });
  await produceValues(
    scene.topic,
    differences.map(([, schema, json], id) => {
      const payload = `{"id":${id},"v":${json}}`;
      const fields = [
        { field: 'id', type: 'int32' },
        { ...schema, field: 'v' },
      ];
      return schema ? `{"schema":${JSON.stringify({ type: 'struct', fields })},"payload":${payload}}` : payload;
    }),
  );
  const main = scene.run(await scene.connectFiles({ connector: { 'errors.tolerance': 'all', ...connector } }));
  const committed = (): Promise<number[]> => committedOffsets(`connect-${scene.pipeline}`, scene.topic);
  await eventually(async () => expect(await committed()).toEqual([differences.length]));
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  const rows = await scene.starrocks.query(`SELECT id, v FROM example_db.${scene.table}`);
  const found = new Map(rows.map(({ id, v }) => [Number(id), v]));
  return Object.fromEntries(differences.map(([name], id) => [name, found.has(id) ? found.get(id) : REFUSED]));
}

it.each([
  ['with schemas', WITH_SCHEMA, 'true'],
  ['without schemas', PLAIN, 'false'],
] as const)(
  'values %s are what they stand for, and with value.compatibility=java what the Java connector loads',
  async (_, differences, enable) => {
    const settings = {
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': enable,
    };
    expect(await loaded(differences, settings)).toEqual(
      Object.fromEntries(differences.map(([name, , , exact]) => [name, exact])),
    );
    expect(await loaded(differences, { ...settings, 'value.compatibility': 'java' })).toEqual(
      Object.fromEntries(differences.map(([name, , , , java]) => [name, java])),
    );
  },
);
