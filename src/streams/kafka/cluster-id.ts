import kafkajs from 'kafkajs';
import { type Logger } from '../../core/logger.ts';
import { type KafkaConnectionOptions, kafkaConfig } from './client-options.ts';

const { Kafka } = kafkajs;

/** The id that a Kafka cluster has given itself. Rejects when no broker answers. */
export async function readClusterId(options: KafkaConnectionOptions, logger: Logger): Promise<string> {
  const admin = new Kafka(kafkaConfig(options, logger)).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).clusterId;
  } finally {
    await admin.disconnect();
  }
}
