import { Partitioners } from 'kafkajs';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import { pipelineSchema } from '../../src/config/model.ts';
import { partitionKey } from '../../src/core/record-batch.ts';
import { lagOf } from '../../src/core/task-snapshot.ts';
import { Pipeline } from '../../src/pipeline.ts';
import { eventually } from '../support/eventually.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import {
  admin,
  type Collector,
  client,
  collect,
  committedOffsets,
  createTopic,
  produce,
  received,
  uniqueName,
} from './support.ts';

function messages(count: number, partitions: number, from = 0): { value: string; partition: number }[] {
  return Array.from({ length: count }, (_, index) => ({
    value: JSON.stringify({ id: from + index, text: 'x'.repeat(100) }),
    partition: index % partitions,
  }));
}

describe('a group of sources', () => {
  it('skips no record when members join and leave while fetches are under way', async () => {
    const partitions = 6;
    const perPartition = 4000;
    const topic = await createTopic('rejoin', { partitions });
    await produce(topic, messages(partitions * perPartition, partitions));
    const groupId = uniqueName('group');
    const collectors: Collector[] = [];
    // Small fetches, so that there is always one under way.
    const join = async (): Promise<Collector> => {
      const collector = await collect({ topics: [topic], groupId, maxPartitionFetchBytes: 2000, fetchMaxBytes: 5000 });
      collectors.push(collector);
      await eventually(() => expect(collector.opened.length).toBeGreaterThan(0));
      return collector;
    };
    const first = await join();
    await received(first, 100);
    const second = await join();
    await received(second, 100);
    const third = await join();
    await received(third, 100);
    await second.source.stop();
    await received(first, 3000);
    await third.source.stop();
    await eventually(() => {
      const newest = first.opened.at(-1);
      expect(newest?.size).toBe(partitions);
      for (const key of newest?.keys() ?? []) expect(first.positions.get(key)).toBe(perPartition);
    }, 40_000);

    expect(first.opened.length).toBeGreaterThanOrEqual(3);
    for (const collector of collectors) {
      const next = new Map<string, number>();
      for (const batch of collector.batches) {
        const key = partitionKey(batch);
        const expected = next.get(`${batch.generation} ${key}`) ?? collector.opened[batch.generation - 1]?.get(key);
        expect({ key, generation: batch.generation, first: batch.firstOffset }).toEqual({
          key,
          generation: batch.generation,
          first: expected,
        });
        next.set(`${batch.generation} ${key}`, batch.nextOffset);
      }
    }
  });

  it('may commit as soon as it has partitions, and not only after its first heartbeat, 100 ms later', async () => {
    const topic = await createTopic('first', { partitions: 1 });
    const waits: number[] = [];
    // Once would do, but other tests use the same cores.
    for (let member = 0; member < 5; member++) {
      await collect({ topics: [topic] }, (collector) => {
        collector.assigned = (_, partitions) => {
          const began = performance.now();
          const offsets = partitions.map((partition) => ({ ...partition, offset: 0 }));
          collector.source
            .commit(offsets)
            .then(() => waits.push(performance.now() - began))
            .catch((error: unknown) => collector.failures.push(error));
        };
      });
      await eventually(() => expect(waits).toHaveLength(member + 1));
    }
    expect(Math.min(...waits)).toBeLessThan(60);
  });

  it('goes on with one partition of a broker while another is paused', async () => {
    const topic = await createTopic('paused', { partitions: 2 });
    await produce(topic, messages(4000, 2));
    const collector = await collect({ topics: [topic], maxPartitionFetchBytes: 5000 }, (one) => {
      one.onBatch = ({ partition }) => {
        if (partition === 0) one.source.pause({ topic, partition: 0 });
      };
    });
    await eventually(() => expect(collector.positions.get(`${topic}/1`)).toBe(2000));
    // At most what was under way when the pause began.
    expect(collector.batches.filter(({ partition }) => partition === 0)).toHaveLength(1);
    collector.onBatch = () => undefined;
    collector.source.resume({ topic, partition: 0 });
    await eventually(() => expect(collector.positions.get(`${topic}/0`)).toBe(2000));
    const starts = collector.batches.filter(({ partition }) => partition === 0).map(({ firstOffset }) => firstOffset);
    const ends = collector.batches.filter(({ partition }) => partition === 0).map(({ nextOffset }) => nextOffset);
    expect(starts).toEqual([0, ...ends.slice(0, -1)]);
  });
});

/** A table of the shared emulator, a topic of its name, and pipelines that load the one from the other. */
interface Scene {
  readonly topic: string;
  readonly groupId: string;
  readonly ids: () => Promise<{ all: number; distinct: number }>;
  readonly pipeline: (settings?: { kafka?: object; flush?: object; starrocks?: object; more?: object }) => Pipeline;
}

let starrocks: Emulator;

async function createScene(partitions: number): Promise<Scene> {
  const topic = await createTopic('orders', { partitions });
  const table = topic.replaceAll('-', '_');
  const name = uniqueName('load');
  await starrocks.query(`CREATE TABLE db.${table} (id BIGINT, text STRING) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`);
  return {
    topic,
    groupId: `connect-${name}`,
    async ids() {
      const [row] = await starrocks.query(`SELECT count(*) AS n, count(DISTINCT id) AS d FROM db.${table}`);
      return { all: Number(row?.n), distinct: Number(row?.d) };
    },
    pipeline({ kafka = {}, flush = {}, starrocks: target = {}, more = {} } = {}) {
      const config = pipelineSchema.parse({
        name,
        kafka: {
          brokers: [inject('kafka').bootstrapServers],
          topics: [topic],
          sessionTimeoutMs: 6000,
          heartbeatIntervalMs: 300,
          rebalanceTimeoutMs: 10_000,
          fetchMaxWaitMs: 100,
          ...kafka,
        },
        starrocks: {
          urls: starrocks.feUrls,
          database: 'db',
          username: 'root',
          password: '',
          tables: { [topic]: table },
          ...target,
        },
        flush: { intervalMs: 50, maxBytes: 100_000, ...flush },
        shutdownTimeoutMs: 10_000,
        ...more,
      });
      const pipeline = new Pipeline(config, new RecordingLogger());
      onTestFinished(() => pipeline.stop());
      return pipeline;
    },
  };
}

describe('a pipeline', () => {
  beforeAll(async () => {
    starrocks = await startEmulator();
    await starrocks.query('CREATE DATABASE db');
    return () => starrocks.close();
  });

  it('loses nothing while pipelines of its group come and go', async () => {
    const scene = await createScene(4);
    const rows = 12_000;
    const pipelines: Pipeline[] = [];
    const start = async (): Promise<Pipeline> => {
      const pipeline = scene.pipeline({ kafka: { maxPartitionFetchBytes: 4000 } });
      pipelines.push(pipeline);
      await pipeline.start();
      return pipeline;
    };
    const first = await start();
    for (let from = 0; from < rows; from += 2000) {
      await produce(scene.topic, messages(2000, 4, from));
      if (from === 2000) await start();
      if (from === 4000) await start();
      if (from === 6000) await pipelines[1]?.stop();
      if (from === 8000) await pipelines[2]?.stop();
    }
    await eventually(async () => {
      expect((await committedOffsets(scene.groupId, scene.topic)).reduce((sum, offset) => sum + offset, 0)).toBe(rows);
    }, 40_000);
    expect((await scene.ids()).distinct).toBe(rows);
    expect(first.stats.assignments).toBeGreaterThanOrEqual(3);
    await eventually(() => expect(lagOf(first.stats)).toBe(0));
  });

  it('has committed all that it loaded when it has stopped, so that the next one loads nothing twice', async () => {
    const scene = await createScene(2);
    const pipeline = scene.pipeline();
    await pipeline.start();
    await produce(scene.topic, messages(3000, 2));
    await eventually(() => expect(pipeline.stats.rowsLoaded).toBeGreaterThan(0));
    await pipeline.stop();
    const { all } = await scene.ids();
    expect(
      (await committedOffsets(scene.groupId, scene.topic)).reduce((sum, offset) => sum + Math.max(0, offset), 0),
    ).toBe(all);
    const next = scene.pipeline();
    await next.start();
    await eventually(() => expect(next.stats.rowsLoaded + all).toBe(3000));
    await next.stop();
    expect(await scene.ids()).toEqual({ all: 3000, distinct: 3000 });
  });

  it('stays in its group while StarRocks hangs for longer than the session', async () => {
    const scene = await createScene(2);
    const pipeline = scene.pipeline({ starrocks: { idleTimeoutMs: 3000 } });
    await pipeline.start();
    await produce(scene.topic, messages(100, 2));
    await eventually(() => expect(pipeline.stats.rowsLoaded).toBe(100));
    starrocks.hang('be');
    onTestFinished(() => starrocks.hang('be', false));
    const began = performance.now();
    for (let from = 100; from < 2100; from += 100) await produce(scene.topic, messages(100, 2, from));
    await eventually(() => expect(performance.now() - began).toBeGreaterThan(10_000));
    expect(pipeline.stats.rowsLoaded).toBe(100);
    starrocks.hang('be', false);
    await eventually(() => expect(pipeline.stats.rowsLoaded).toBe(2100), 30_000);
    expect(pipeline.stats.assignments).toBe(1);
    expect((await scene.ids()).distinct).toBe(2100);
    const { groups } = await admin((connected) => connected.describeGroups([scene.groupId]));
    expect(groups[0]?.members).toHaveLength(1);
  });

  it('holds its memory budget while StarRocks hangs, and then loads everything', async () => {
    const scene = await createScene(4);
    const pipeline = scene.pipeline({
      kafka: { maxPartitionFetchBytes: 50_000 },
      flush: { maxBytes: 200_000 },
      starrocks: { idleTimeoutMs: 3000 },
    });
    await pipeline.start();
    starrocks.hang('be');
    onTestFinished(() => starrocks.hang('be', false));
    // Each request makes one batch in each partition, and a batch comes whole: 25 kB.
    for (let from = 0; from < 16_000; from += 800) await produce(scene.topic, messages(800, 4, from));
    await eventually(() => expect(pipeline.snapshot().report.inFlight.bytes).toBeGreaterThan(200_000));
    starrocks.hang('be', false);
    await eventually(() => expect(pipeline.stats.rowsLoaded).toBeGreaterThanOrEqual(16_000), 40_000);
    expect(pipeline.snapshot().counts.peakBytesInFlight).toBeLessThanOrEqual(400_000 + 4 * 50_000);
    expect((await scene.ids()).distinct).toBe(16_000);
  });

  it('reaches a lag of nothing past the end of a transaction', async () => {
    const scene = await createScene(1);
    const producer = client().producer({
      transactionalId: uniqueName('tx'),
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    for (const end of ['commit', 'abort'] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: scene.topic, messages: messages(10, 1, end === 'commit' ? 0 : 10) });
      await transaction[end]();
    }
    const pipeline = scene.pipeline({ kafka: { isolationLevel: 'read_committed' } });
    await pipeline.start();
    await eventually(async () => expect(await committedOffsets(scene.groupId, scene.topic)).toEqual([22]));
    expect(lagOf(pipeline.stats)).toBe(0);
    expect(await scene.ids()).toEqual({ all: 10, distinct: 10 });
  });
});
