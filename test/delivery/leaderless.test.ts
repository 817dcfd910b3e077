import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { type KafkaService, startKafka } from '../../services/index.ts';
import { MainProcess } from '../e2e/support/main-process.ts';
import { eventually } from '../support/eventually.ts';

/** A broker with two disks, of which one can fail: what is on it has no leader then, as on a broker that is down. */
class TwoDisks {
  readonly kafka: KafkaService;
  readonly #disks: readonly string[];

  constructor(kafka: KafkaService, disks: readonly string[]) {
    this.kafka = kafka;
    this.#disks = disks;
  }

  static async start(): Promise<TwoDisks> {
    const dir = await mkdtemp(join(tmpdir(), 'tributary-disks-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const [first = '', second = '', metadata = ''] = ['first', 'second', 'metadata'].map((name) => join(dir, name));
    for (const disk of [first, second, metadata]) await mkdir(disk);
    const kafka = await startKafka({
      properties: {
        'log.dirs': `${first},${second}`,
        'metadata.log.dir': metadata,
        'offsets.topic.num.partitions': 1,
        // How soon a disk that has failed is noticed.
        'log.flush.offset.checkpoint.interval.ms': 500,
        'group.min.session.timeout.ms': 1_000,
      },
    });
    onTestFinished(() => kafka.stop());
    return new TwoDisks(kafka, [first, second]);
  }

  /** The disk that holds partition 0 of a topic. */
  async diskOf(topic: string): Promise<string> {
    for (const disk of this.#disks) if ((await readdir(disk)).includes(`${topic}-0`)) return disk;
    throw new Error(`no disk holds ${topic}`);
  }

  async fail(disk: string): Promise<void> {
    await rename(disk, `${disk}-gone`);
    await writeFile(disk, '');
  }

  /** Puts it back, for which Kafka has to be started again. */
  async mend(disk: string): Promise<void> {
    await this.kafka.kill();
    await rm(disk);
    await rename(`${disk}-gone`, disk);
    await this.kafka.start();
  }
}

async function produce({ kafka }: TwoDisks, topic: string, ids: readonly number[]): Promise<void> {
  // A new one knows of no other topic.
  const producer = kafka.client({ retry: { retries: 20 } }).producer();
  await producer.connect();
  try {
    await producer.send({ topic, messages: ids.map((id) => ({ value: JSON.stringify({ id, topic }) })) });
  } finally {
    await producer.disconnect();
  }
}

/** Whether a leader is known of all partitions of a topic. */
async function isLed({ kafka }: TwoDisks, topic: string): Promise<boolean> {
  const admin = kafka.client({ retry: { retries: 0 } }).admin();
  await admin.connect();
  try {
    await admin.fetchTopicMetadata({ topics: [topic] });
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

it('a partition without a leader is named and waited for, and the others are loaded, also by a process that starts meanwhile', async () => {
  const disks = await TwoDisks.start();
  const { kafka } = disks;
  const starrocks = await startEmulator();
  onTestFinished(() => starrocks.close());
  await starrocks.query('CREATE DATABASE d');
  await starrocks.query('CREATE TABLE d.rows (id BIGINT, topic STRING) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)');
  const loaded = async (): Promise<number[]> =>
    (await starrocks.query('SELECT id FROM d.rows ORDER BY id')).map(({ id }) => Number(id));

  // Kafka puts each on the disk that has fewer.
  const topics = ['orders-1', 'orders-2', 'orders-3', 'orders-4'];
  for (const topic of topics) await kafka.createTopic(topic);
  const dir = await mkdtemp(join(tmpdir(), 'tributary-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'pipeline.json');
  const config = {
    name: 'leaderless',
    kafka: {
      brokers: [kafka.bootstrapServers],
      topics,
      sessionTimeoutMs: 2_500,
      heartbeatIntervalMs: 300,
      rebalanceTimeoutMs: 10_000,
    },
    starrocks: {
      urls: starrocks.feUrls,
      database: 'd',
      username: 'root',
      password: '',
      tables: Object.fromEntries(topics.map((topic) => [topic, 'rows'])),
    },
    flush: { intervalMs: 50 },
  };
  await writeFile(file, JSON.stringify(config));
  const first = new MainProcess([file]);
  for (const [index, topic] of topics.entries()) await produce(disks, topic, [index]);
  await eventually(async () => expect(await loaded()).toEqual([0, 1, 2, 3]));

  // The group has to be kept by somebody.
  const sound = await disks.diskOf('__consumer_offsets');
  const places = await Promise.all(topics.map((topic) => disks.diskOf(topic)));
  const led = topics.find((_, index) => places[index] === sound) ?? '';
  const lost = topics.find((_, index) => places[index] !== sound) ?? '';
  const failed = await disks.diskOf(lost);
  await disks.fail(failed);
  await eventually(async () => expect(await isLed(disks, lost)).toBe(false));

  const tells = (main: MainProcess): boolean =>
    main.logged('No broker leads').some(({ partitions }) => (partitions as string[]).includes(`${lost}/0`));
  await produce(disks, led, [4]);
  await eventually(async () => expect(await loaded()).toEqual([0, 1, 2, 3, 4]));
  await eventually(() => expect(tells(first)).toBe(true));
  first.signal('SIGTERM');
  expect(await first.exited).toEqual({ code: 0, signal: null });

  await produce(disks, led, [5]);
  const second = new MainProcess([file]);
  await eventually(async () => expect(await loaded()).toEqual([0, 1, 2, 3, 4, 5]));
  await eventually(() => expect(tells(second)).toBe(true));

  await disks.mend(failed);
  await produce(disks, lost, [6]);
  await eventually(async () => expect(await loaded()).toEqual([0, 1, 2, 3, 4, 5, 6]));
  second.signal('SIGTERM');
  expect(await second.exited).toEqual({ code: 0, signal: null });
});
