import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type RegistryService, startRegistry } from '../../services/index.ts';
import { eventually } from '../support/eventually.ts';
import { httpServer } from '../support/servers.ts';
import { propertiesText } from './support/properties-text.ts';
import { createScene, type Scene } from './support/scene.ts';
import { committedOffsets, produceValues } from './support/topic.ts';
import { saslSslSettings } from './support/workers.ts';
import { AVRO_NEXT, avroWriter, type FormatRow } from './support/written-values.ts';

/* Brokers and a registry that want to know who asks, as Confluent Cloud's do. */

const COLUMNS = 'id BIGINT NOT NULL, name VARCHAR(100), ok BOOLEAN, note VARCHAR(100), extra INT';
const KEY = 'REGISTRYKEY';
const SECRET = 'registry/secret+1=';

let registry: RegistryService;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.stop());

const row = (id: number): FormatRow => ({ id, name: `name ${id}`, ok: true, note: null });

/** A registry behind a door: who doesn't bring the key and the secret, or no longer may, is sent away. */
async function guardedRegistry(): Promise<{
  readonly url: string;
  readonly shut: () => void;
  readonly open: () => void;
}> {
  let isShut = false;
  const expected = `Basic ${Buffer.from(`${KEY}:${SECRET}`).toString('base64')}`;
  const address = await httpServer((request, response) => {
    if (isShut || request.headers.authorization !== expected) {
      response.writeHead(401, { 'Content-Type': 'application/json' });
      response.end('{"error_code":401,"message":"Unauthorized"}');
      return;
    }
    fetch(`${registry.url}${request.url ?? ''}`, { signal: AbortSignal.timeout(20_000) })
      .then(async (answer) => {
        response.writeHead(answer.status, { 'Content-Type': 'application/vnd.schemaregistry.v1+json' });
        response.end(await answer.text());
      })
      .catch(() => response.destroy());
  });
  return { url: address, shut: () => (isShut = true), open: () => (isShut = false) };
}

async function ids(scene: Scene): Promise<number[]> {
  const rows = await scene.starrocks.query(`SELECT id FROM example_db.${scene.table} ORDER BY id`);
  return rows.map(({ id }) => Number(id));
}

async function untilLoaded(scene: Scene, expected: readonly number[]): Promise<void> {
  await eventually(async () => expect(await ids(scene)).toEqual(expected));
}

/** What Confluent Cloud offers to copy for a self-managed Connect worker, with this broker's addresses and CA. */
async function cloudWorker(scene: Scene, registryUrl: string): Promise<string> {
  const { bootstrapServers } = inject('kafka').saslSsl;
  const file = join(scene.dir, 'connect-cloud.properties');
  await writeFile(
    file,
    `# Required connection configs for Kafka producer, consumer, and admin
bootstrap.servers=${bootstrapServers}
${propertiesText(saslSslSettings())}
# Best practice for Kafka clients
request.timeout.ms=20000
retry.backoff.ms=500
client.dns.lookup=use_all_dns_ips
${propertiesText({ ...saslSslSettings('producer.'), ...saslSslSettings('consumer.') })}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=io.confluent.connect.avro.AvroConverter
value.converter.basic.auth.credentials.source=USER_INFO
value.converter.schema.registry.basic.auth.user.info=${KEY}:${SECRET}
value.converter.schema.registry.url=${registryUrl}

offset.storage.file.filename=${join(scene.dir, 'connect.offsets')}
offset.flush.interval.ms=10000
listeners=
`,
  );
  return file;
}

it('what Confluent Cloud offers to copy for Kafka Connect logs in to brokers (SASL_SSL, PLAIN) and registry (key and secret)', async () => {
  const scene = await createScene({ columns: COLUMNS });
  const guarded = await guardedRegistry();
  const write = await avroWriter(registry.url, scene.topic);
  await produceValues(scene.topic, await Promise.all([0, 1, 2].map((id) => write(row(id)))));
  const [, connector = ''] = await scene.connectFiles();
  const worker = await cloudWorker(scene, guarded.url);
  const check = scene.run(['--check', worker, connector]);
  expect(await check.exited).toEqual({ code: 0, signal: null });
  const main = scene.run([worker, connector]);
  await untilLoaded(scene, [0, 1, 2]);
  main.signal('SIGTERM');
  expect(await main.exited).toEqual({ code: 0, signal: null });
  expect(`${check.stdout}${check.stderr}${main.stdout}${main.stderr}`).not.toContain(SECRET);
});

it('a registry that sends us away in the middle ends the pipeline with the reason, and nothing is lost', async () => {
  const scene = await createScene({ columns: COLUMNS });
  const guarded = await guardedRegistry();
  const write = await avroWriter(registry.url, scene.topic);
  const next = await avroWriter(registry.url, scene.topic, AVRO_NEXT);
  const files = await scene.connectFiles({
    connector: {
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.schema.registry.url': guarded.url,
      'value.converter.basic.auth.credentials.source': 'USER_INFO',
      'value.converter.basic.auth.user.info': `${KEY}:${SECRET}`,
      // Who we are is not a record's fault.
      'errors.tolerance': 'all',
    },
  });
  await produceValues(scene.topic, [await write(row(0))]);
  const main = scene.run(files);
  await untilLoaded(scene, [0]);
  guarded.shut();
  await produceValues(scene.topic, [await write(row(1)), await next({ ...row(2), extra: 5 } as FormatRow)]);
  const { code } = await main.exited;
  expect(code).toBeGreaterThan(0);
  expect(main.stderr).toMatch(/schema registry .+ (401|refuse)/i);
  expect(main.stderr).not.toContain(SECRET);
  expect((await committedOffsets(`connect-${scene.pipeline}`, scene.topic))[0]).toBeLessThanOrEqual(2);

  guarded.open();
  const again = scene.run(files);
  await untilLoaded(scene, [0, 1, 2]);
  again.signal('SIGTERM');
  expect(await again.exited).toEqual({ code: 0, signal: null });
});
