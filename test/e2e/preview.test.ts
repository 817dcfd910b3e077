import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MainProcess } from './support/main-process.ts';
import { createScene } from './support/scene.ts';
import { kafkaClient, produceValues } from './support/topic.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

async function ended(main: MainProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code } = await main.exited;
  return { code, stdout: main.stdout, stderr: main.stderr };
}

/** What the broker knows of a group: whether it is there, and the offsets that it has committed. */
async function seenByKafka(groupId: string, topic: string): Promise<{ exists: boolean; offsets: string[] }> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    const { groups } = await admin.listGroups();
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return {
      exists: groups.some((group) => group.groupId === groupId),
      offsets: committed?.partitions.map(({ offset }) => offset) ?? [],
    };
  } finally {
    await admin.disconnect();
  }
}

describe('preview', () => {
  it('shows records stage by stage with what StarRocks would do, and leaves no trace in Kafka or StarRocks', async () => {
    const scene = await createScene({ columns: 'id BIGINT NOT NULL, city VARCHAR(10), origin STRING' });
    const { topic, table, pipeline, starrocks } = scene;
    const files = await scene.connectFiles({
      connector: {
        transforms: 'stamp',
        'transforms.stamp.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
        'transforms.stamp.static.field': 'origin',
        'transforms.stamp.static.value': 'web',
        'errors.tolerance': 'all',
        'errors.deadletterqueue.topic.name': `${topic}_dlq`,
        'errors.deadletterqueue.topic.replication.factor': '1',
      },
    });
    await produceValues(topic, ['{"id":1,"city":"New York","colour":"red"}', 'not JSON', '{"id":"x"}', '{"id":2}']);

    const text = await ended(scene.run(['preview', ...files]));
    expect(text).toMatchObject({ code: 1, stderr: '' });
    expect(text.stdout).toContain(
      `${pipeline} (group connect-${pipeline})
  ${topic}/0 from offset 0, as the group has committed nothing and
  auto.offset.reset is earliest; it ends at 4
4 of 20 records came: there are no more just now.
`,
    );
    expect(text.stdout).toContain(`value.converter (json)  as before
transform stamp         {"id":1,"city":"New York","colour":"red","origin":"web"}
row                     as before
sent                    {"id":1,"city":"New York","colour":"red","origin":"web"}
  ! the table has no column for the field "colour", which is left out
`);
    expect(text.stdout).toContain('  ✗ VALUE_CONVERTER org.apache.kafka.connect.json.JsonConverter: Converting\n');
    expect(text.stdout).toContain(
      '  ✗ StarRocks refuses the row: the field "id" does not fit its column, which is\n    BIGINT: "x" is no BIGINT\n',
    );
    expect(text.stdout).toContain('PUT /api/transaction/load\n  Authorization: Basic ***\n');
    expect(text.stdout).toContain('✗ 4 records: 2 would be loaded as 2 rows, 2 cannot be loaded, 3 notes (!).\n');

    const json = await ended(scene.run(['preview', ...files, '--records', '1', '--from', 'latest', '--json']));
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      everythingLoads: true,
      records: [{ offset: 3, table: `example_db.${table}`, rows: [{ row: '{"id":2,"origin":"web"}' }] }],
      loads: [{ rows: 1, body: '[{"id":2,"origin":"web"}]' }],
    });

    expect(starrocks.stats()).toMatchObject({ loads: {}, transactions: {}, bytesReceived: 0, rowsLoaded: 0 });
    expect(await seenByKafka(`connect-${pipeline}`, topic)).toEqual({ exists: false, offsets: ['-1'] });
    const admin = kafkaClient().admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    expect(await admin.listTopics()).not.toContain(`${topic}_dlq`);
  });
});

describe('test', () => {
  it('runs the cases beside a pipeline, and ends with 1 when one of them fails and with 2 for a file with a mistake', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tributary-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    await cp(EXAMPLES, dir, { recursive: true });
    const passing = join(dir, 'pipeline.test.yaml');
    const failing = join(dir, 'failing.test.yaml');
    await writeFile(
      failing,
      `pipeline: pipeline.yaml
cases:
  - name: the city is Lima
    records: [{ value: { id: 1, city: Quito } }]
    rows: { test_tbl: [{ id: 1, city: Lima }] }
`,
    );
    const broken = join(dir, 'broken.test.yaml');
    await writeFile(broken, 'pipeline: pipeline.yaml\ncaes: []\n');

    expect(await ended(new MainProcess(['test', passing]))).toMatchObject({ code: 0, stderr: '' });
    expect(await ended(new MainProcess(['test', passing, failing]))).toEqual({
      code: 1,
      stderr: '',
      stdout: `${passing}
  ✓ a row goes as it came
  ✓ an array makes a row of each of its elements, and a tombstone none
  ✓ bad records say what is wrong with them
  3 of 3 cases pass
${failing}
  ✗ the city is Lima
      test_tbl, row 1
        city
          expected  "Lima"
          got       "Quito"
  0 of 1 cases pass
`,
    });
    const refused = await ended(new MainProcess(['test', broken]));
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`\`caes\` (${broken}:2:1) is not known here; did you mean \`cases\`?\n`);
  });
});
