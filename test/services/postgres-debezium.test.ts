import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type DebeziumService,
  type KafkaService,
  type PostgresService,
  startDebezium,
  startKafka,
  startPostgres,
} from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';

let kafka: KafkaService;
let postgres: PostgresService;
let debezium: DebeziumService;

beforeAll(async () => {
  [kafka, postgres] = await Promise.all([startKafka({ autoCreateTopics: true }), startPostgres()]);
  debezium = await startDebezium({ bootstrapServers: kafka.bootstrapServers });
}, 600_000);

afterAll(async () => {
  await debezium.stop();
  await Promise.all([postgres.stop(), kafka.stop()]);
});

it('PostgreSQL decodes its log for replication', async () => {
  const client = await postgres.connect();
  const { rows } = await client.query('SHOW wal_level');
  await client.end();
  expect(rows).toEqual([{ wal_level: 'logical' }]);
});

it("Debezium's connector writes what changes in a table to a topic of Kafka", async () => {
  const client = await postgres.connect();
  await client.query('CREATE TABLE customers (id INT PRIMARY KEY, name TEXT)');
  await client.query("INSERT INTO customers VALUES (1, 'Ann')");
  const { host, port, user, database } = postgres.endpoints;
  await debezium.createConnector({
    name: 'inventory-connector',
    config: {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'plugin.name': 'pgoutput',
      'database.hostname': host,
      'database.port': String(port),
      'database.user': user,
      'database.password': '',
      'database.dbname': database,
      'topic.prefix': 'test',
    },
  });
  await client.query('DELETE FROM customers');
  await client.end();
  const admin = kafka.client().admin();
  await admin.connect();
  // The snapshot's row, the delete, and the tombstone behind it.
  await eventually(
    async () => expect(await admin.fetchTopicOffsets('test.public.customers')).toMatchObject([{ high: '3' }]),
    60_000,
  );
  await admin.disconnect();
  await debezium.deleteConnector('inventory-connector');
});
