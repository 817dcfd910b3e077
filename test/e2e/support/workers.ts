import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { propertiesText } from './properties-text.ts';
import { type Scene } from './scene.ts';

/** What a worker's file says of a cluster that nobody else uses. */
export function clusterSettings(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const unique = randomUUID().slice(0, 8);
  return {
    'bootstrap.servers': changes['bootstrap.servers'] ?? inject('kafka').bootstrapServers,
    'group.id': `workers-${unique}`,
    'config.storage.topic': `configs-${unique}`,
    'config.storage.replication.factor': '1',
    'status.storage.topic': `status-${unique}`,
    'status.storage.replication.factor': '1',
    'offset.storage.topic': `offsets-${unique}`,
    'offset.storage.replication.factor': '1',
    'session.timeout.ms': '6000',
    'heartbeat.interval.ms': '1000',
    'consumer.session.timeout.ms': '6000',
    'consumer.heartbeat.interval.ms': '1000',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    ...changes,
  };
}

/** How a client gets in through the broker's listener that encrypts and asks who it is, as Confluent Cloud offers it to copy. */
export function saslSslSettings(prefix = '', password?: string): Record<string, string> {
  const { caFile, users } = inject('kafka').saslSsl;
  const [user] = users;
  if (!user) throw new Error('the broker has no user');
  return Object.fromEntries(
    Object.entries({
      'ssl.endpoint.identification.algorithm': 'https',
      'sasl.mechanism': 'PLAIN',
      'security.protocol': 'SASL_SSL',
      'sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required username='${user.username}' password='${password ?? user.password}';`,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': caFile,
    }).map(([name, value]) => [`${prefix}${name}`, value]),
  );
}

/** Writes a worker's file into a scene's folder. */
export async function writeWorkerFile(scene: Scene, settings: Readonly<Record<string, string>>): Promise<string> {
  const file = join(scene.dir, 'connect-distributed.properties');
  await writeFile(file, propertiesText(settings));
  return file;
}

/** A connector over REST, of two tasks. */
export function connectorOf({ topic, starrocks }: Scene): Record<string, string> {
  return {
    'connector.class': 'com.starrocks.connector.kafka.StarRocksSinkConnector',
    topics: topic,
    'starrocks.http.url': starrocks.feHostPort,
    'starrocks.username': 'root',
    'starrocks.password': '',
    'starrocks.database.name': 'example_db',
    'sink.properties.strip_outer_array': 'true',
    'bufferflush.intervalms': '1000',
    'tasks.max': '2',
  };
}
