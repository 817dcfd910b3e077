import { describe, expect, it } from 'vitest';
import { connectFiles, connectText, load, properties } from './support.ts';

describe('warnings', () => {
  it.each([
    [
      'retries',
      { 'sink.maxretries': '-1' },
      '`sink.maxretries` (c:8) has no effect: loads are retried for ever, until they succeed or can never succeed.',
    ],
    ['an unknown key', { 'my.own.key': 'x' }, '`my.own.key` (c:8) is not known here and has no effect.'],
    [
      'a client key that lacks its prefix',
      { 'security.protocol': 'SASL_SSL' },
      "`security.protocol` (c:8) is not known here and has no effect; in a connector's file write `consumer.override.security.protocol`.",
    ],
    [
      'a consumer key without meaning',
      { 'consumer.override.max.poll.records': '500' },
      '`consumer.override.max.poll.records` (c:8) has no effect: records are taken as they come, and memory is bounded by `buffer.maxBytes`.',
    ],
    [
      'a table for a topic that is not read',
      { 'starrocks.topic2table.map': 'oders:t' },
      '`starrocks.topic2table.map` (c:8) names a table for the topic `oders`, which is not read; did you mean `orders`?',
    ],
    [
      "converter settings beside the worker's converter",
      { 'value.converter.schemas.enable': 'true' },
      "`value.converter.schemas.enable` (c:8) has no effect, as in Kafka Connect: without `value.converter` in the same file the worker's converter and its settings are used.",
    ],
    [
      'bad records that would vanish',
      { 'errors.tolerance': 'all' },
      '`errors.tolerance` is `all` (c:8), but neither `errors.deadletterqueue.topic.name` nor `errors.log.enable` is set: records that cannot be loaded are left out without a trace.',
    ],
    [
      'settings of a dead letter topic without a name',
      { 'errors.deadletterqueue.context.headers.enable': 'true' },
      '`errors.deadletterqueue.context.headers.enable` (c:8) has no effect without `errors.deadletterqueue.topic.name`.',
    ],
  ])('name %s', async (_, connector, warning) =>
    expect((await load(connectFiles({ connector }))).warnings).toEqual([warning]),
  );

  it('name a duplicate, whose last value counts', async () => {
    const { pipelines, warnings } = await load(connectText({ connector: 'topics=other' }));
    expect(pipelines[0]?.kafka.topics).toEqual(['other']);
    expect(warnings).toEqual(['`topics` (c:8) stands there for the second time after c:3; the last one counts.']);
  });

  it("name the worker's keys that do nothing yet, once for all connectors", async () => {
    const { w = '', c = '' } = connectFiles({ worker: { 'rest.port': '8083', 'rest.foo': 'x' } });
    const { pipelines, warnings } = await load({ w, c, d: c.replace('name=orders', 'name=orders-2') });
    expect(pipelines.map(({ name }) => name)).toEqual(['orders', 'orders-2']);
    expect(warnings).toEqual([
      '`rest.port` (w:5) has no effect: Kafka Connect has dropped it as well; `listeners` has taken its place.',
      '`rest.foo` (w:6) is not known here and has no effect.',
    ]);
  });

  it('leave out a connector that is not for StarRocks', async () => {
    const source = properties({ name: 'pg', 'connector.class': 'io.debezium.connector.postgresql.PostgresConnector' });
    const { w = '', c = '' } = connectFiles({});
    const { pipelines, warnings } = await load({ w, 'pg-source.properties': source, c });
    expect(pipelines).toHaveLength(1);
    expect(warnings).toEqual([
      'pg-source.properties is left out: its `connector.class` is `io.debezium.connector.postgresql.PostgresConnector` (pg-source.properties:2), and only StarRocks sinks run here; leave it to Kafka Connect.',
    ]);
  });
});

describe("the product doc's table of parameters", () => {
  it('holds nothing that is unknown here', async () => {
    const connector = {
      'tasks.max': '1',
      'starrocks.topic2table.map': 'orders:t',
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter.schemas.enable': 'false',
      'key.converter.schema.registry.url': 'http://r:8081',
      'value.converter.schema.registry.url': 'http://r:8081',
      'bufferflush.maxbytes': '94371840',
      'bufferflush.intervalms': '1000',
      'connect.timeoutms': '1000',
      'sink.properties.format': 'json',
      'sink.properties.partial_update': 'FALSE',
      'sink.properties.partial_update_mode': 'row',
    };
    expect((await load(connectFiles({ connector }))).warnings).toEqual([]);
  });
});
