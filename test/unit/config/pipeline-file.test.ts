import { describe, expect, it } from 'vitest';
import { importModule } from '../../../src/config/module-file.ts';
import { load, loadOne, pipelineYaml, problemsOf } from './support.ts';

const pem = (label: string): string => `-----BEGIN ${label}-----\nQQ==\n-----END ${label}-----`;

describe('a pipeline file', () => {
  it('may be JSON', async () => {
    const json = {
      name: 'a',
      kafka: { brokers: ['k:1'], topicsRegex: 'a.*' },
      starrocks: { urls: ['fe:1'], database: 'd', username: 'u', password: 'p' },
    };
    expect(await loadOne({ 'p.json': JSON.stringify(json) })).toMatchObject({
      kafka: { groupId: 'connect-a', topicsRegex: 'a.*' },
    });
  });

  it('may be a module, whose transforms are functions', async () => {
    const module = `const keep = (source) => source;
export default { name: 'a', kafka: { brokers: ['k:1'], topics: ['t'] }, starrocks: { urls: ['fe:1'], database: 'd', username: 'u', password: 'p' }, transforms: [keep] };`;
    const { transforms } = await loadOne({ 'p.mjs': module });
    expect(transforms.map(({ name }) => name)).toEqual(['keep']);
  });

  it('may be a module that has to wait for its settings', async () => {
    const module = `export default Promise.resolve({ name: 'a', kafka: { brokers: ['k:1'], topics: ['t'] }, starrocks: { urls: ['fe:1'], database: 'd', username: 'u', password: 'p' } });`;
    expect(await loadOne({ 'p.mjs': module })).toMatchObject({ name: 'a' });
  });

  it('may flush sooner and smaller than Kafka Connect files', async () => {
    const { flush, buffer } = await loadOne(
      pipelineYaml('flush: { intervalMs: 10, maxBytes: 1024, maxRecords: 1 }\nbuffer: { maxBytes: 2048 }'),
    );
    expect(flush).toEqual({ intervalMs: 10, maxBytes: 1024, maxRecords: 1 });
    expect(buffer).toEqual({ maxBytes: 2048 });
  });

  it('may say where bad records go, and how often a row may get into its table', async () => {
    const { delivery, errors } = await loadOne(
      pipelineYaml(
        'delivery: at-least-once\nerrors: { tolerance: all, log: { enable: true }, deadLetterTopic: { name: orders-dlq } }',
      ),
    );
    expect(delivery).toBe('at-least-once');
    expect(errors).toEqual({
      tolerance: 'all',
      retryTimeoutMs: 0,
      retryDelayMaxMs: 60_000,
      log: { enable: true, includeMessages: false },
      deadLetterTopic: { name: 'orders-dlq', replicationFactor: 3, contextHeaders: false },
    });
  });

  it('may name PEM files, relative to itself, or hold their text', async () => {
    const tls = `  tls: { ca: -ca.pem, cert: -both.pem, key: -both.pem }\n`;
    const text = pipelineYaml()['p.yaml']?.replace('starrocks:', `${tls}starrocks:`) ?? '';
    const files = {
      'p.yaml': text,
      '-ca.pem': pem('CERTIFICATE'),
      '-both.pem': `${pem('PRIVATE KEY')}\n${pem('CERTIFICATE')}`,
    };
    expect((await loadOne(files)).kafka.tls).toEqual({
      ca: pem('CERTIFICATE'),
      cert: pem('CERTIFICATE'),
      key: pem('PRIVATE KEY'),
      serverNameCheck: true,
    });
    expect(await problemsOf({ ...files, '-ca.pem': 'x' })).toEqual([
      '`kafka.tls.ca` (p.yaml:6:10) holds no certificate in PEM form.',
    ]);
  });

  it('says which table belongs to no topic', async () => {
    const text = pipelineYaml()['p.yaml']?.replace("password: ''", "password: ''\n  tables: { order: t }") ?? '';
    expect((await load({ 'p.yaml': text })).warnings).toEqual([
      '`starrocks.tables` (p.yaml:11:13) names a table for the topic `order`, which is not read; did you mean `orders`?',
    ]);
  });
});

describe("a pipeline file's mistake is one sentence", () => {
  it.each([
    [
      'tpoics: [a]',
      '`tpoics` (p.yaml:11:1) is not a setting; the settings here are `name`, `kafka`, `key`, `value`, `recordColumns`, `connectTransforms`, `deletes`, `schemaEvolution`, `starrocks`, `flush`, `buffer`, `commit`, `delivery`, `errors`, `tasksMax`, `shutdownTimeoutMs`, `transforms`, `rest`.',
    ],
    ['kafak: {}', '`kafak` (p.yaml:11:1) is not a setting; did you mean `kafka`?'],
    ['maxRecords: 5', '`maxRecords` (p.yaml:11:1) is not a setting; did you mean `flush.maxRecords`?'],
    ['tasks.max: 1', '`tasks.max` (p.yaml:11:1) is not a setting; did you mean `tasksMax`?'],
    [
      'flush: { bufferflush.maxbytes: 1 }',
      '`flush.bufferflush.maxbytes` (p.yaml:11:10) is not a setting; did you mean `flush.maxBytes`?',
    ],
    ['flush:\n  maxByte: 1', '`flush.maxByte` (p.yaml:12:3) is not a setting; did you mean `flush.maxBytes`?'],
    ['flush:\n  maxbytes: 5000', '`flush.maxbytes` (p.yaml:12:3) is not a setting; did you mean `flush.maxBytes`?'],
    ['flush: { interval: 100 }', '`flush.interval` (p.yaml:11:10) is not a setting; did you mean `flush.intervalMs`?'],
    [
      'flush: { maxBytes: 1023 }',
      '`flush.maxBytes` is `1023` (p.yaml:11:10), but it must be a whole number from 1024 to 10737418240 bytes.',
    ],
    [
      'flush: { intervalMs: 9 }',
      '`flush.intervalMs` is `9` (p.yaml:11:10), but it must be a whole number from 10 to 3600000 ms.',
    ],
    [
      'flush: { intervalMs: 1s }',
      '`flush.intervalMs` is `1s` (p.yaml:11:10), but it must be a whole number from 10 to 3600000 ms.',
    ],
    ['flush: fast', '`flush` (p.yaml:11:1) must be a section with settings of its own.'],
    ['flush:', '`flush` (p.yaml:11:1) must be a section with settings of its own.'],
    [
      'buffer: { maxBytes: 94371840 }',
      '`buffer.maxBytes` is `94371840` (p.yaml:11:11), but it must be at least twice `flush.maxBytes`.',
    ],
    [
      'transforms: [upper]',
      '`transforms[0]` is `upper` (p.yaml:11:14), but it must be the path of a module that begins with ./ or ../, such as ./mask.js, or in a .js or .mjs file an operator function; the transforms of Kafka Connect stand in `connectTransforms`.',
    ],
    [
      'errors: { deadLetterTopic: { replicationFactor: 1 } }',
      '`errors.deadLetterTopic.name` is missing in p.yaml (Topic that bad records are written to, as they were read).',
    ],
    [
      'errors: { deadLetterTopic: { name: orders } }',
      '`errors.deadLetterTopic.name` is `orders` (p.yaml:11:30), but it must not be one of the topics that are read.',
    ],
    [
      'errors: { tolerate: all }',
      '`errors.tolerate` (p.yaml:11:11) is not a setting; did you mean `errors.tolerance`?',
    ],
    ['delivery: twice', '`delivery` is `twice` (p.yaml:11:1), but it must be `exactly-once` or `at-least-once`.'],
    ['name: again', 'p.yaml:11:1 cannot be read: Map keys must be unique.'],
    [
      'a: *hunter2',
      'p.yaml:11:4 cannot be read: a text that begins with * must stand in quotes, because it means an anchor otherwise.',
    ],
    [
      'a: } hunter2',
      'p.yaml:11:4 cannot be read: Unexpected flow-map-end token in YAML stream.',
      'p.yaml:11:6 cannot be read: Unexpected scalar token in YAML stream.',
    ],
    [
      'a: [',
      'p.yaml:11:5 cannot be read: Flow sequence in block collection must be sufficiently indented and end with a ].',
    ],
  ])('%j', async (more, ...problems) => expect(await problemsOf(pipelineYaml(more))).toEqual(problems));

  it.each([
    [
      'brokers: [localhost:9092]',
      'brokers: localhost:9092',
      '`kafka.brokers` is `localhost:9092` (p.yaml:3:3), but it must be a list of host:port.',
    ],
    [
      '    - orders',
      '    - a/b',
      '`kafka.topics[0]` is `a/b` (p.yaml:5:7), but it must be a topic name (letters, digits, `.`, `_` and `-`, at most 249).',
    ],
    [
      'database: shop',
      'databse: shop',
      '`starrocks.database` is missing in p.yaml (Database of the target tables).',
      '`starrocks.databse` (p.yaml:8:3) is not a setting; did you mean `starrocks.database`?',
    ],
    [
      "password: ''",
      'password: 123456',
      '`starrocks.password` (p.yaml:10:3) is set, but it must be a text; put it in quotes.',
    ],
    [
      'username: root',
      'username: 007',
      '`starrocks.username` is `7` (p.yaml:9:3), but it must be a user name; put it in quotes.',
    ],
    [
      'database: shop',
      "database: shop\n  properties: { format: csv, columns: 'a, b' }",
      '`starrocks.properties.format` is `csv` (p.yaml:9:17), but the format has a setting of its own.',
    ],
    [
      'database: shop',
      'database: shop\n  format: csv',
      '`starrocks.format` is `csv` (p.yaml:9:3), but then the fields need an order: set `columns` in `starrocks.properties`, or make `value.converter` the one for text if the values are CSV already.',
    ],
    [
      'database: shop',
      'database: shop\n  tableRules: [{ topics: "shop\\\\.(.*", table: a }]',
      '`starrocks.tableRules[0].topics` is `shop\\.(.*` (p.yaml:9:18), but it is no regular expression that Java would read alike: Unterminated group.',
    ],
    [
      'database: shop',
      'database: shop\n  tableProperties: { orders: { strip_outer_array: false } }',
      '`starrocks.tableProperties.orders.strip_outer_array` is `false` (p.yaml:9:32), but it must be true, because a load is sent as one JSON array.',
    ],
    [
      'database: shop',
      'database: shop\n  tables: { orders: a.b.c }',
      '`starrocks.tables.orders` is `a.b.c` (p.yaml:9:13), but it must be the name of a table, or `database.table`.',
    ],
    [
      '  topics:\n    - orders',
      '  sasl: root:hunter2',
      '`kafka.sasl` (p.yaml:4:3) must be a section with settings of its own.',
      '`kafka.topics` is missing in p.yaml: either it or `kafka.topicsRegex` must name the topics.',
    ],
    [
      '  topics:\n    - orders',
      '  topics: [a]\n  topicsRegex: b',
      '`kafka.topics` is `a` (p.yaml:4:3), but only one of it and `kafka.topicsRegex` may be given.',
    ],
    [
      '  topics:\n    - orders',
      '  topics: [a]\n  heartbeatIntervalMs: 45000',
      '`kafka.heartbeatIntervalMs` is `45000` (p.yaml:5:3), but it must be less than `kafka.sessionTimeoutMs`.',
    ],
    [
      '  topics:\n    - orders',
      '  topics: [a]\n  sessionTimeoutMs: 3000',
      '`kafka.heartbeatIntervalMs` is `3000` by default (p.yaml), but it must be less than `kafka.sessionTimeoutMs`.',
    ],
  ])('%j made %j', async (from, to, ...problems) => {
    const text = pipelineYaml()['p.yaml'] ?? '';
    expect(text).toContain(from);
    expect(await problemsOf({ 'p.yaml': text.replace(from, to) })).toEqual(problems);
  });

  it.each([
    ['p.yaml', '- a\n- b', 'p.yaml must hold the settings of a pipeline, such as `name`, `kafka` and `starrocks`.'],
    ['p.json', '{"kafka": {}, }', 'p.json:1:15 cannot be read: Expected double-quoted property name.'],
    ['p.mjs', 'export const a = 1;', 'p.mjs must default-export an object with the settings of a pipeline.'],
    ['p.mjs', 'export default 5;', 'p.mjs must default-export an object with the settings of a pipeline.'],
    ['p.mjs', "throw new Error('boom');", 'p.mjs cannot be loaded: boom.'],
  ])('%s with %j', async (file, text, problem) => expect(await problemsOf({ [file]: text })).toEqual([problem]));

  it('names every problem, also across settings', async () => {
    const more = 'flush: { maxBytes: 4096, intervalMs: 1 }\nbuffer: { maxBytes: 4096 }\ntransforms: [x]\nfoo: 1';
    expect(await problemsOf(pipelineYaml(more))).toHaveLength(4);
  });

  it('says how to have TypeScript read', async () => {
    const refuse = (): Promise<unknown> =>
      Promise.reject(Object.assign(new TypeError('x'), { code: 'ERR_UNKNOWN_FILE_EXTENSION' }));
    expect(await importModule('/p.ts', refuse)).toEqual({
      fault: 'this Node does not read TypeScript; compile it to .js, or use Node 22.18 or later',
    });
  });
});

describe('a file that is not there', () => {
  it.each(['gone.yaml', 'gone.properties', 'gone.mjs'])('is named: %s', async (file) => {
    const { loadConfig } = await import('../../../src/config/load.ts');
    await expect(loadConfig([file], { cwd: '/nowhere', env: {} })).rejects.toMatchObject({
      name: 'ConfigError',
      problems: [expect.stringMatching(new RegExp(`^${file.replace('.', '\\.')} cannot be (read|loaded): .+\\.$`))],
    });
  });
});
