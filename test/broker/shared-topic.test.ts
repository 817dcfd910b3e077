import { ConfigResourceTypes } from 'kafkajs';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { CompactedTopic, type CompactedTopicOptions } from '../../src/streams/kafka/compacted-topic.ts';
import { WorkerGroup } from '../../src/streams/kafka/worker-group.ts';
import { eventually } from '../support/eventually.ts';
import { connectionTo } from '../support/kafka-connection.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { admin, collect, createTopic, sourceOptions, uniqueName } from './support.ts';

/** A topic, what was read of it, and why it failed. */
interface Followed {
  readonly topic: CompactedTopic;
  readonly records: Map<string, string | undefined>;
  readonly failures: Error[];
}

function follow(name: string, changes: Partial<CompactedTopicOptions> = {}): Followed {
  const records = new Map<string, string | undefined>();
  const failures: Error[] = [];
  const topic = new CompactedTopic(
    {
      ...connectionTo(inject('kafka').bootstrapServers),
      metadataMaxAgeMs: 300_000,
      topic: name,
      what: 'config',
      replicationFactor: 1,
      partitions: 1,
      configs: {},
      isOrdered: true,
      ...changes,
    },
    { record: ({ key, value }) => records.set(key, value), failed: (error) => failures.push(error) },
    new RecordingLogger(),
  );
  onTestFinished(() => topic.close());
  return { topic, records, failures };
}

describe('a topic that several processes share', () => {
  it('is created compacted, with its other settings; what one writes is read by all, the old records first', async () => {
    const name = uniqueName('shared');
    const one = follow(name, { configs: { 'segment.ms': '600000' } });
    await one.topic.open();
    await one.topic.write('a', '1');
    await one.topic.write('b', 'é');
    expect(one.records).toEqual(
      new Map([
        ['a', '1'],
        ['b', 'é'],
      ]),
    );
    const two = follow(name);
    await two.topic.open();
    expect(two.records).toEqual(one.records);
    await two.topic.write('a', undefined);
    await one.topic.readToEnd();
    expect(one.records.get('a')).toBeUndefined();
    const { resources } = await admin((connected) =>
      connected.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name }] }),
    );
    const configs = new Map(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    expect([configs.get('cleanup.policy'), configs.get('segment.ms')]).toEqual(['compact', '600000']);
    expect([...one.failures, ...two.failures]).toEqual([]);
  });

  it('keeps the order of writes that are made at once, in every process', async () => {
    const name = await createTopic('shared', { configs: { 'cleanup.policy': 'compact' } });
    const both = [follow(name), follow(name)];
    await Promise.all(both.map(({ topic }) => topic.open()));
    await Promise.all(
      both.flatMap(({ topic }, process) =>
        Array.from({ length: 20 }, (_, index) => topic.write('same', `${process}/${index}`)),
      ),
    );
    for (const { topic } of both) await topic.readToEnd();
    const [one, two] = both.map(({ records }) => records.get('same'));
    expect(one).toBe(two);
  });

  it('is not created with more copies than there are brokers, and says what to change', async () => {
    const name = uniqueName('shared');
    await expect(follow(name, { replicationFactor: 3 }).topic.open()).rejects.toThrow(
      new RegExp(
        `^The config topic ${name} cannot be created with a replication factor of 3: .*config\\.storage\\.replication\\.factor\\.$`,
      ),
    );
  });
});

describe('the group of the workers', () => {
  it('tells every worker of all of them, and of one that leaves', async () => {
    const topic = await createTopic('workers');
    const options = { ...sourceOptions({ topics: [] }), groupId: uniqueName('workers'), topic };
    const seen = new Map<string, string[]>();
    const start = async (workerId: string): Promise<WorkerGroup> => {
      const group = new WorkerGroup(
        { ...options, workerId },
        {
          workers: (all) => seen.set(workerId, all.map((one) => one.workerId).sort()),
          failed: (error) => seen.set(workerId, [error.message]),
        },
        new RecordingLogger(),
      );
      await group.join();
      return group;
    };
    const one = await start('a:1');
    onTestFinished(() => one.leave());
    const two = await start('b:1');
    for (const id of ['a:1', 'b:1']) await eventually(() => expect(seen.get(id)).toEqual(['a:1', 'b:1']));
    await two.leave();
    await eventually(() => expect(seen.get('a:1')).toEqual(['a:1']));
  });

  it('is refused where other consumers are in it', async () => {
    const topic = await createTopic('workers');
    const groupId = uniqueName('taken');
    const other = await collect({ topics: [topic], groupId });
    await eventually(() => expect(other.opened).toHaveLength(1));
    const listener = { workers: () => undefined, failed: () => undefined };
    const options = { ...sourceOptions({ topics: [topic], groupId }), topic, workerId: 'a:1' };
    const group = new WorkerGroup(options, listener, new RecordingLogger());
    onTestFinished(() => group.leave());
    await expect(group.join()).rejects.toThrow(
      `Group ${groupId} (group.id) is used by other consumers. Stop them, or name another group, the same for every worker of this cluster.`,
    );
  });
});
