import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/config/describe.ts';
import { CONVERTER_CLASSES } from '../../../src/core/converter-classes.ts';
import { connectFiles, load, loadOne, pipelineYaml, problemsOf } from './support.ts';

const AVRO = 'io.confluent.connect.avro.AvroConverter';
const URL_KEY = 'value.converter.schema.registry.url';
const classes = [...new Set(Object.values(CONVERTER_CLASSES))].map((full) => `\`${full}\``).join(', ');
const pem = (label: string): string => `-----BEGIN ${label}-----\nQQ==\n-----END ${label}-----`;

/** A connector with Avro and a registry, and more. */
const avro = (more: Record<string, string> = {}): Record<string, string> => ({
  'value.converter': AVRO,
  [URL_KEY]: 'http://r:8081',
  ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`value.converter.${key}`, value])),
});

describe('value.converter in Kafka Connect files', () => {
  it.each([
    ['org.apache.kafka.connect.json.JsonConverter', 'json-with-schemas'],
    ['JsonConverter', 'json-with-schemas'],
    ['Json', 'json-with-schemas'],
    ['org.apache.kafka.connect.storage.StringConverter', 'string'],
    ['ByteArrayConverter', 'bytes'],
    ['Short', 'short'],
    ['IntegerConverter', 'integer'],
    ['LongConverter', 'long'],
    ['FloatConverter', 'float'],
    ['DoubleConverter', 'double'],
    ['BooleanConverter', 'boolean'],
  ])('%s is the converter %s', async (given, converter) => {
    const { pipelines, warnings } = await load(connectFiles({ connector: { 'value.converter': given } }));
    expect(pipelines[0]?.value).toEqual({ converter, compatibility: 'exact', timeZone: 'UTC', options: {} });
    expect(warnings).toEqual([]);
  });

  it.each([
    [AVRO, 'avro'],
    ['ProtobufConverter', 'protobuf'],
    ['JsonSchema', 'json-schema'],
  ])('%s is the converter %s, with a registry', async (given, converter) => {
    const { value } = await loadOne(connectFiles({ connector: { ...avro(), 'value.converter': given } }));
    expect(value).toMatchObject({
      converter,
      schemaRegistry: { urls: ['http://r:8081'], connectTimeoutMs: 60_000, readTimeoutMs: 60_000 },
    });
  });

  it.each([
    ['false', 'json'],
    ['FALSE', 'json'],
    ['true', 'json-with-schemas'],
  ])('schemas.enable=%s makes the JSON converter %s', async (enable, converter) => {
    const worker = { 'value.converter.schemas.enable': enable };
    expect((await loadOne(connectFiles({ worker }))).value.converter).toBe(converter);
  });

  it("leave a worker's settings to the worker's converter", async () => {
    const worker = { 'value.converter.schemas.enable': 'false', [URL_KEY]: 'http://worker:8081' };
    const { value } = await loadOne(connectFiles({ worker, connector: { 'value.converter': 'Json' } }));
    expect(value.converter).toBe('json-with-schemas');
    const { pipelines, warnings } = await load(
      connectFiles({
        worker: { ...worker, 'value.converter': AVRO },
        connector: { [URL_KEY]: 'http://connector:8081' },
      }),
    );
    expect(pipelines[0]?.value.schemaRegistry?.urls).toEqual(['http://worker:8081']);
    expect(warnings).toEqual([
      "`value.converter.schema.registry.url` (c:8) has no effect, as in Kafka Connect: without `value.converter` in the same file the worker's converter and its settings are used.",
    ]);
  });

  it.each([
    ['Json', { 'replace.null.with.default': 'TRUE', 'schemas.cache.size': ' 5 ', 'decimal.format': 'numeric' }],
    ['String', { 'converter.encoding': 'ISO-8859-1' }],
    ['Avro', { 'enhanced.avro.schema.support': 'true' }],
    ['Protobuf', { 'flatten.unions': 'true', 'int.for.enums': 'false' }],
    ['JsonSchema', { 'use.optional.for.nonrequired': 'true' }],
  ])('take the options of %s', async (given, options) => {
    const connector = { ...avro(options), 'value.converter': given };
    const trimmed = Object.fromEntries(Object.entries(options).map(([name, value]) => [name, value.trim()]));
    const { pipelines, warnings } = await load(connectFiles({ connector }));
    expect(pipelines[0]?.value.options).toEqual(trimmed);
    expect(warnings).toEqual([]);
  });

  it('say where the clocks of the tables stand', async () => {
    const shanghai = { 'value.time.zone': 'Asia/Shanghai' };
    expect((await loadOne(connectFiles({ connector: shanghai }))).value.timeZone).toBe('Asia/Shanghai');
    expect((await loadOne(connectFiles({ worker: shanghai }))).value.timeZone).toBe('Asia/Shanghai');
  });

  it('say how exact rows are, for one connector or for all', async () => {
    const java = { 'value.compatibility': 'java' };
    expect((await loadOne(connectFiles({ connector: java }))).value.compatibility).toBe('java');
    expect((await loadOne(connectFiles({ worker: java }))).value.compatibility).toBe('java');
  });

  it.each([
    [
      { 'value.converter': 'AvroConvertor' },
      `\`value.converter\` is \`AvroConvertor\` (c:8), but it must be ${classes}.`,
    ],
    [
      { 'value.converter': AVRO },
      '`value.converter.schema.registry.url` is missing in c: the converter reads the schemas of the values there.',
    ],
    [
      { ...avro(), [URL_KEY]: 'r:8081' },
      '`value.converter.schema.registry.url` has `r:8081` (c:9), but it must be an address such as http://host:8081.',
    ],
    [
      { ...avro(), [URL_KEY]: 'http://r:8081?x=1' },
      '`value.converter.schema.registry.url` has `http://r:8081?x=1` (c:9), but it must end after the path.',
    ],
    [
      { 'value.converter': 'Json', 'value.converter.schemas.enable': 'no' },
      '`value.converter.schemas.enable` is `no` (c:9), but it must be true or false.',
    ],
    [
      { 'value.converter': 'Json', 'value.converter.schema.enable': 'false' },
      '`value.converter.schema.enable` (c:9) is not a setting of `json-with-schemas`; did you mean `value.converter.schemas.enable`?',
    ],
    [
      { 'value.converter': 'Json', 'value.converter.schemas.cache.size': 'many' },
      '`value.converter.schemas.cache.size` is `many` (c:9), but it must be a whole number of 0 or more.',
    ],
    [
      { 'value.converter': 'Json', 'value.converter.decimal.format': 'TEXT' },
      '`value.converter.decimal.format` is `TEXT` (c:9), but it must be `BASE64` or `NUMERIC`.',
    ],
    [
      { 'value.converter': 'String', 'value.converter.converter.encoding': 'EBCDIC-XY' },
      '`value.converter.converter.encoding` is `EBCDIC-XY` (c:9), but it must be an encoding that is known here, such as UTF-8 or ISO-8859-1.',
    ],
    [
      avro({ 'enhanced.avro.schema.support': 'yes' }),
      '`value.converter.enhanced.avro.schema.support` is `yes` (c:10), but it must be true or false.',
    ],
    [
      avro({ 'schema.registry.urls': 'x' }),
      '`value.converter.schema.registry.urls` (c:10) is not a setting of `avro`; did you mean `value.converter.schema.registry.url`?',
    ],
    [
      avro({ 'schema.registry.ssl.trustore.location': 'x' }),
      '`value.converter.schema.registry.ssl.trustore.location` (c:10) is not a setting of `avro`; did you mean `value.converter.schema.registry.ssl.truststore.location`?',
    ],
    [
      avro({ 'http.read.timeout.ms': '1s' }),
      '`value.converter.http.read.timeout.ms` is `1s` (c:10), but it must be a whole number from 1 to 86400000 ms.',
    ],
    [
      avro({ 'proxy.host': 'p' }),
      '`value.converter.proxy.host` is `p` (c:10), a setting of converters that Tributary cannot honour: a proxy to the registry is not supported.',
    ],
    [
      { 'value.time.zone': 'Mars/Olympus' },
      '`value.time.zone` is `Mars/Olympus` (c:8), but it must be a time zone such as `UTC`, `Asia/Shanghai` or `+08:00`.',
    ],
    [{ 'value.compatibility': 'jav' }, '`value.compatibility` is `jav` (c:8), but it must be `exact` or `java`.'],
  ])('are refused: %j', async (connector, problem) =>
    expect(await problemsOf(connectFiles({ connector }))).toEqual([problem]),
  );

  it('are refused without a converter', async () => {
    expect(await problemsOf(connectFiles({ worker: { 'value.converter': undefined } }))).toEqual([
      `\`value.converter\` is missing in c and in w; it can be ${classes}.`,
    ]);
  });

  it.each([
    [
      { 'max.retries': '3' },
      '`value.converter.max.retries` (c:10) has no effect: a registry that does not answer is asked again until it does.',
    ],
    [
      { 'use.latest.version': 'true' },
      '`value.converter.use.latest.version` (c:10) has no effect: values are read with the schema that they were written with, and not with the latest one of their subject.',
    ],
    [{ 'my.own': 'x' }, '`value.converter.my.own` (c:10) is not known here and has no effect.'],
    [
      { 'basic.auth.user.info': 'a:b' },
      '`value.converter.basic.auth.user.info` (c:10) has no effect, as in Kafka Connect: `value.converter.basic.auth.credentials.source` would have to be `USER_INFO`.',
    ],
  ])('are warned about: %j', async (more, warning) => {
    expect((await load(connectFiles({ connector: avro(more) }))).warnings).toEqual([warning]);
  });

  it('may hold what only writers of records need', async () => {
    const more = {
      'auto.register.schemas': 'false',
      'value.subject.name.strategy': 'io.confluent.kafka.serializers.subject.TopicRecordNameStrategy',
      'schemas.enable': 'true',
    };
    expect((await load(connectFiles({ connector: avro(more) }))).warnings).toEqual([]);
  });
});

describe('a schema registry in Kafka Connect files', () => {
  it.each([
    [
      'in USER_INFO',
      avro({ 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'KEY:hunter:2' }),
      { username: 'KEY', password: 'hunter:2' },
    ],
    [
      'in USER_INFO, by its older name',
      avro({ 'basic.auth.credentials.source': 'USER_INFO', 'schema.registry.basic.auth.user.info': 'KEY:hunter2' }),
      { username: 'KEY', password: 'hunter2' },
    ],
    [
      'in SASL_INHERIT',
      avro({
        'basic.auth.credentials.source': 'SASL_INHERIT',
        'sasl.jaas.config': 'a.PlainLoginModule required username="KEY" password="hunter2";',
      }),
      { username: 'KEY', password: 'hunter2' },
    ],
    [
      'in the URL',
      { ...avro(), [URL_KEY]: 'https://KEY:hunter%402@r:8081/, https://KEY:hunter%402@s' },
      { urls: ['https://r:8081', 'https://s'], username: 'KEY', password: 'hunter@2' },
    ],
    [
      'in a token',
      avro({
        'bearer.auth.credentials.source': 'STATIC_TOKEN',
        'bearer.auth.token': 'hunter2',
        'bearer.auth.logical.cluster': 'lsrc-1',
        'bearer.auth.identity.pool.id': 'pool-1',
      }),
      { token: 'hunter2', logicalCluster: 'lsrc-1', identityPool: 'pool-1' },
    ],
  ])('is told who we are %s', async (_, connector, wanted) => {
    const { pipelines, warnings } = await load(connectFiles({ connector }));
    const [pipeline] = pipelines;
    expect(warnings).toEqual([]);
    expect(pipeline?.value.schemaRegistry).toMatchObject(wanted);
    expect(pipeline && JSON.stringify(redact(pipeline))).not.toContain('hunter');
  });

  it.each([
    [
      avro({ 'basic.auth.credentials.source': 'USER_INFO' }),
      '`value.converter.basic.auth.user.info` is missing, but `USER_INFO` (c:10) asks for a user name, a colon and a password there.',
    ],
    [
      avro({ 'basic.auth.credentials.source': 'USER_INFO', 'basic.auth.user.info': 'hunter2' }),
      '`value.converter.basic.auth.user.info` (c:11) is set, but `USER_INFO` (c:10) asks for a user name, a colon and a password there.',
    ],
    [
      avro({ 'basic.auth.credentials.source': 'SASL_INHERIT' }),
      '`value.converter.sasl.jaas.config` is missing, but `SASL_INHERIT` (c:10) asks for it.',
    ],
    [
      avro({ 'basic.auth.credentials.source': 'SASL_INHERIT', 'sasl.jaas.config': 'M required password="hunter2";' }),
      '`value.converter.sasl.jaas.config` (c:11) cannot be used: it must give username="…" and password="…".',
    ],
    [
      avro({ 'basic.auth.credentials.source': 'FILE' }),
      '`value.converter.basic.auth.credentials.source` is `FILE` (c:10), but it must be `URL`, `USER_INFO` or `SASL_INHERIT`.',
    ],
    [
      avro({ 'bearer.auth.credentials.source': 'OAUTHBEARER' }),
      '`value.converter.bearer.auth.credentials.source` is `OAUTHBEARER` (c:10), but only `STATIC_TOKEN`, with `value.converter.bearer.auth.token`, is supported.',
    ],
    [
      avro({ 'bearer.auth.credentials.source': 'STATIC_TOKEN' }),
      '`value.converter.bearer.auth.credentials.source` is `STATIC_TOKEN` (c:10), but `value.converter.bearer.auth.token` does not give the token.',
    ],
  ])('is refused without telling secrets: %j', async (connector, problem) =>
    expect(await problemsOf(connectFiles({ connector }))).toEqual([problem]),
  );

  it('is reached by TLS with PEM files', async () => {
    const connector = avro({
      'schema.registry.ssl.truststore.location': '-ca.pem',
      'schema.registry.ssl.truststore.type': 'PEM',
      'schema.registry.ssl.keystore.location': '-own.pem',
      'schema.registry.ssl.keystore.type': 'PEM',
      'schema.registry.ssl.key.password': 'hunter2',
      'schema.registry.ssl.endpoint.identification.algorithm': '',
    });
    const files = { '-ca.pem': pem('CERTIFICATE'), '-own.pem': `${pem('PRIVATE KEY')}\n${pem('CERTIFICATE')}` };
    const { pipelines, warnings } = await load({ ...files, ...connectFiles({ connector }) });
    expect(warnings).toEqual([]);
    expect(pipelines[0]?.value.schemaRegistry?.tls).toEqual({
      ca: pem('CERTIFICATE'),
      cert: pem('CERTIFICATE'),
      key: pem('PRIVATE KEY'),
      passphrase: 'hunter2',
      serverNameCheck: false,
    });
    expect(await problemsOf(connectFiles({ connector }))).toContainEqual(
      expect.stringMatching(
        /^`value\.converter\.schema\.registry\.ssl\.truststore\.location` is `-ca\.pem` \(c:10\), but that file cannot be read/,
      ),
    );
  });
});

describe('value in a pipeline file', () => {
  it('names a converter, its options and its registry', async () => {
    const { value } = await loadOne({
      ...pipelineYaml(`value:
  converter: protobuf
  compatibility: java
  options: { int.for.enums: true }
  schemaRegistry: { urls: ["https://r/api/"], username: KEY, password: SECRET, tls: { ca: -ca.pem }, readTimeoutMs: 5 }`),
      '-ca.pem': pem('CERTIFICATE'),
    });
    expect(value).toEqual({
      converter: 'protobuf',
      compatibility: 'java',
      timeZone: 'UTC',
      options: { 'int.for.enums': 'true' },
      schemaRegistry: {
        urls: ['https://r/api'],
        username: 'KEY',
        password: 'SECRET',
        tls: { ca: pem('CERTIFICATE'), serverNameCheck: true },
        connectTimeoutMs: 60_000,
        readTimeoutMs: 5,
      },
    });
  });

  it.each([
    [
      'value: { converter: avro }',
      '`value.schemaRegistry.urls` is missing in p.yaml: the converter reads the schemas of the values there.',
    ],
    [
      'value: { convertor: avro }',
      '`value.convertor` (p.yaml:11:10) is not a setting; did you mean `value.converter`?',
    ],
    [
      'value: { converter: avro, schemaRegistry: { url: http://r } }',
      '`value.schemaRegistry.urls` is missing in p.yaml (Addresses of the schema registry, with the path of its Confluent API if it has one).',
      '`value.schemaRegistry.url` (p.yaml:11:45) is not a setting; did you mean `value.schemaRegistry.urls`?',
    ],
    [
      'value: { options: { int.for.enums: true } }',
      '`value.options.int.for.enums` is `true` (p.yaml:11:21), but the converter `json` has no such option; it has `replace.null.with.default`, `decimal.format`, `schemas.cache.size`.',
    ],
    [
      'value: { converter: bytes, options: { a: 1 } }',
      '`value.options.a` is `1` (p.yaml:11:39), but the converter `bytes` has no options.',
    ],
    [
      'value: { schemaRegistry: { urls: ["http://me:hunter2@r"] } }',
      '`value.schemaRegistry.urls[0]` is `http://***@r` (p.yaml:11:35), but it must not hold a user name or password, which have settings of their own.',
    ],
    [
      'value: { schemaRegistry: { urls: ["http://r"], username: me } }',
      '`value.schemaRegistry.password` is missing in p.yaml: `value.schemaRegistry.username` and it go together.',
    ],
    [
      'value: { schemaRegistry: { urls: ["http://r"], username: me, password: hunter2, token: hunter2 } }',
      '`value.schemaRegistry.token` (p.yaml:11:81) is set, but only one of it and `value.schemaRegistry.username` may be given.',
    ],
  ])('is refused: %s', async (more, ...problems) => expect(await problemsOf(pipelineYaml(more))).toEqual(problems));
});
