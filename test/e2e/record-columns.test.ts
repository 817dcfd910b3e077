import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { produceMessages } from './support/dead-letters.ts';
import { createScene } from './support/scene.ts';

const COLUMNS = 'id INT, k STRING, h JSON, t DATETIME, topic STRING, p INT, o BIGINT';
const AT = Date.UTC(2026, 10, 21, 17, 3, 4, 567);

it.each([
  ['text', 'org.apache.kafka.connect.storage.StringConverter', 'order-7', 'order-7'],
  ['JSON', 'org.apache.kafka.connect.json.JsonConverter', '{"id":7}', '{"id":7}'],
])(
  'key (%s), headers, timestamp, topic, partition and offset are columns where they are asked for',
  async (_, converter, key, expected) => {
    const scene = await createScene({ columns: COLUMNS, partitions: 2 });
    const main = scene.run(
      await scene.connectFiles({
        connector: {
          'key.converter': converter,
          'key.converter.schemas.enable': 'false',
          'value.time.zone': 'Asia/Shanghai',
          'record.columns.key': 'k',
          'record.columns.headers': 'h',
          'record.columns.timestamp': 't',
          'record.columns.topic': 'topic',
          'record.columns.partition': 'p',
          'record.columns.offset': 'o',
        },
      }),
    );
    await produceMessages(scene.topic, [
      { partition: 1, key, value: '{"id":1}', timestamp: String(AT), headers: { source: 'shop', n: ['1', '2'] } },
      { partition: 1, key: null, value: '[{"id":2},{"id":3,"o":-1}]', timestamp: String(AT) },
      { partition: 1, key, value: null, timestamp: String(AT) },
    ]);
    const common = { t: '2026-11-22 01:03:04.567', topic: scene.topic, p: 1 };
    await eventually(async () => {
      const rows = await scene.starrocks.query(
        `SELECT id, k, CAST(h AS STRING) AS h, CAST(t AS STRING) AS t, topic, p, o FROM example_db.${scene.table} ORDER BY id`,
      );
      expect(rows.map((row) => ({ ...row, o: Number(row.o) }))).toEqual([
        { id: 1, k: expected, h: '{"source": "shop", "n": [1, 2]}', ...common, o: 0 },
        { id: 2, k: null, h: '{}', ...common, o: 1 },
        { id: 3, k: null, h: '{}', ...common, o: 1 },
      ]);
    });
    main.signal('SIGTERM');
    expect(await main.exited).toEqual({ code: 0, signal: null });
  },
);
