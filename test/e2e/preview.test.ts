import { describe, expect, it } from 'vitest';
import { type MainProcess } from './support/main-process.ts';
import { createScene } from './support/scene.ts';
import { kafkaClient, produceValues } from './support/topic.ts';

async function ended(main: MainProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { code } = await main.exited;
  return { code, stdout: main.stdout, stderr: main.stderr };
}

/** The names of all groups that the broker knows. */
async function groups(): Promise<string[]> {
  const admin = kafkaClient().admin();
  await admin.connect();
  try {
    return (await admin.listGroups()).groups.map(({ groupId }) => groupId);
  } finally {
    await admin.disconnect();
  }
}

describe('preview', () => {
  it('shows records stage by stage, and leaves no trace in Kafka or StarRocks', async () => {
    const scene = await createScene({ columns: 'id BIGINT NOT NULL, city VARCHAR(10), origin STRING' });
    const { topic, pipeline, starrocks } = scene;
    const files = await scene.connectFiles({
      connector: {
        transforms: 'stamp',
        'transforms.stamp.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
        'transforms.stamp.static.field': 'origin',
        'transforms.stamp.static.value': 'web',
        'starrocks.password': '',
      },
    });
    await produceValues(topic, [
      '{"id":18446744073709551616,"city":"New York"}',
      '{"id":1,"city":"Chicago","colour":"red"}',
      'not JSON',
      '{"city":"Hangzhou"}',
    ]);

    const text = await ended(scene.run(['preview', ...files, '--records', '10']));
    expect(text.stdout).toBe('');
    const json = await ended(scene.run(['preview', ...files, '--records', '2', '--from', 'latest', '--json']));
    expect(json.stdout).toBe('');
    expect(starrocks.stats()).toMatchObject({ loads: {}, transactions: {}, bytesReceived: 0 });
    expect(await scene.counts()).toEqual({ all: 0, distinct: 0 });
    expect(await groups()).not.toContain(`connect-${pipeline}`);
  });
});
