import { type DistributedSettings, type StorageTopic } from '../../config/distributed-settings.ts';
import { type Logger } from '../../core/logger.ts';
import { CompactedTopic } from '../../streams/kafka/compacted-topic.ts';
import { WorkerGroup } from '../../streams/kafka/worker-group.ts';
import { type SharedTopicListener } from './cluster-ports.ts';
import { DistributedWorker, type DistributedWorkerOptions } from './distributed-worker.ts';

/** A distributed worker on Kafka's topics and groups. */
export function createDistributedWorker(
  { kafka, configTopic, statusTopic }: DistributedSettings,
  options: Omit<DistributedWorkerOptions, 'configTopic' | 'statusTopic' | 'group'>,
  logger: Logger,
): DistributedWorker {
  const shared =
    (what: 'config' | 'status', topic: StorageTopic, isOrdered: boolean) =>
    (listener: SharedTopicListener): CompactedTopic =>
      new CompactedTopic({ ...kafka, ...topic, what, isOrdered }, listener, logger);
  return new DistributedWorker({
    ...options,
    configTopic: shared('config', configTopic, true),
    statusTopic: shared('status', statusTopic, false),
    group: (listener) =>
      new WorkerGroup({ ...kafka, topic: configTopic.topic, workerId: options.id() }, listener, logger),
  });
}
