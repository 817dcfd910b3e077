import { describe, expect, it } from 'vitest';
import { connectFiles, load, loadOne, pipelineYaml, problemsOf } from './support.ts';

const PACKAGE = 'org.apache.kafka.common.config.provider';
const providers = {
  'config.providers': 'file, dir,env',
  'config.providers.file.class': `${PACKAGE}.FileConfigProvider`,
  'config.providers.dir.class': `${PACKAGE}.DirectoryConfigProvider`,
  'config.providers.env.class': `${PACKAGE}.EnvVarConfigProvider`,
};
const secrets = { '-secrets.properties': 'user=loader\npassword=from a file\n', '-pw': 'from a directory\n' };

describe('config providers of a worker', () => {
  it.each([
    ['a key of a file', '${file:-secrets.properties:password}', 'from a file'],
    ['the content of a file, white space at its ends cut as in Kafka Connect', '${dir:.:-pw}', 'from a directory'],
    ['a variable of the environment', '${env:PASSWORD}', 'from outside'],
    ['several in one text', '<${env:PASSWORD}/${file:-secrets.properties:user}>', '<from outside/loader>'],
    ['what a reference gives, references in it untouched', '${env:NESTED}', '${env:PASSWORD}'],
    ['a text as it stands, of a provider that is not listed', '${vault:a:b}', '${vault:a:b}'],
  ])('give %s', async (_, password, expected) => {
    const files = connectFiles({ worker: providers, connector: { 'starrocks.password': password } });
    const env = { PASSWORD: 'from outside', NESTED: '${env:PASSWORD}' };
    expect((await loadOne({ ...files, ...secrets }, env)).starrocks.password).toBe(expected);
  });

  it('give what stands in the worker’s own file', async () => {
    const worker = {
      ...providers,
      'bootstrap.servers': '${env:BROKERS}',
    };
    const { kafka } = await loadOne(connectFiles({ worker }), { BROKERS: 'a:1,b:2' });
    expect(kafka.brokers).toEqual(['a:1', 'b:2']);
  });

  it('are not asked where none is listed', async () => {
    const files = connectFiles({ connector: { 'starrocks.password': '${env:PASSWORD}' } });
    expect((await loadOne(files, { PASSWORD: 'x' })).starrocks.password).toBe('${env:PASSWORD}');
  });

  it.each([
    ['${env:NOWHERE}', 'there is no `NOWHERE` in the environment'],
    ['${file:-secrets.properties:nothing}', '-secrets.properties has no key `nothing`'],
    ['${file:password}', 'no file is named: the form is ${file:PATH:KEY}'],
    ['${file:-gone:a}', expect.stringMatching(/^-gone cannot be read: /)],
    ['${dir:.:../x}', '`../x` is not the name of a file'],
  ])('that have nothing for %s are a mistake with its place', async (password, why) => {
    const files = connectFiles({ worker: providers, connector: { 'starrocks.password': password } });
    const [problem, ...more] = await problemsOf({ ...files, ...secrets });
    const lead = `\`starrocks.password\` (c:7) has no value, because \`${password}\` gives nothing: `;
    expect(more).toEqual([]);
    expect(problem?.slice(0, lead.length)).toBe(lead);
    expect(problem?.slice(lead.length).replace(/\.$/, '')).toEqual(why);
  });

  it('read only what their parameters allow', async () => {
    const worker = {
      ...providers,
      'config.providers.file.param.allowed.paths': '/etc/allowed',
      'config.providers.env.param.allowlist.pattern': 'LOADER_.*',
    };
    const connector = { 'starrocks.username': '${env:LOADER_USER}', 'starrocks.password': '${env:HOME}' };
    const files = connectFiles({ worker, connector });
    expect(await problemsOf(files, { LOADER_USER: 'a', HOME: 'b' })).toEqual([
      '`starrocks.password` (c:7) has no value, because `${env:HOME}` gives nothing: `HOME` may not be read.',
    ]);
    const outside = connectFiles({
      worker,
      connector: { 'starrocks.password': '${file:/etc/allowed/../shadow:root}' },
    });
    expect(await problemsOf(outside)).toEqual([expect.stringContaining('it is not among the allowed paths.')]);
  });

  it.each([
    [undefined, '`config.providers.env.class` is missing in w'],
    ['org.example.VaultConfigProvider', '`config.providers.env.class` is `org.example.VaultConfigProvider` (w:8)'],
  ])('that nobody knows are a mistake with the known ones: %s', async (provider, start) => {
    const [problem] = await problemsOf(
      connectFiles({ worker: { ...providers, 'config.providers.env.class': provider } }),
    );
    expect(problem).toContain(`${start}, but it must be one of \`${PACKAGE}.FileConfigProvider\``);
  });

  it('leave the references in what the REST API answers', async () => {
    const files = connectFiles({ worker: providers, connector: { 'starrocks.password': '${env:PASSWORD}' } });
    const { worker } = await load(files, { PASSWORD: 'hidden' });
    expect(worker?.given.get('orders')?.get('starrocks.password')).toBe('${env:PASSWORD}');
  });
});

describe('what config providers gave', () => {
  const secret = 'a secret that is longer than what a message shows of a value, '.repeat(3);

  it('stands in no message', async () => {
    const connector = {
      'bufferflush.maxbytes': '${env:SECRET}',
      'starrocks.topic2table.map': '${env:SECRET}',
      'value.converter': '${env:SECRET}',
      'sink.properties.format': '${env:SECRET}',
      topics: 'orders',
    };
    const problems = await problemsOf(connectFiles({ worker: providers, connector }), { SECRET: secret });
    expect(problems.length).toBeGreaterThan(2);
    expect(problems.filter((text) => text.includes('a secret'))).toEqual([]);
    expect(problems[0]).toContain('`bufferflush.maxbytes` is `${env:SECRET}` (c:8)');
  });

  it('stands in no answer of a validation', async () => {
    const { worker } = await load(connectFiles({ worker: providers }), { SECRET: secret, SHORT: '7' });
    const judged = await worker?.configs?.judge(
      new Map([
        ['name', 'orders'],
        ['connector.class', 'com.starrocks.connector.kafka.StarRocksSinkConnector'],
        ['topics', 'orders'],
        ['tasks.max', '${env:SECRET}'],
        ['bufferflush.maxbytes', '${env:SHORT}'],
        ['starrocks.username', '${env:SECRET}'],
      ]),
    );
    const text = JSON.stringify(judged?.infos);
    expect(text).not.toContain('a secret');
    expect(text).toContain('Invalid value ${env:SECRET} for configuration tasks.max');
    expect(text).toContain('Invalid value ${env:SHORT} for configuration bufferflush.maxbytes');
  });
});

describe('a pipeline file', () => {
  it('may refer to files, directories and the environment', async () => {
    const { 'p.yaml': yaml = '' } = pipelineYaml();
    const text = yaml
      .replace('[localhost:9092]', "['${env:BROKER}']")
      .replace('username: root', "username: '${file:-secrets.properties:user}'")
      .replace("password: ''", "password: '${dir:.:-pw}'");
    const config = await loadOne({ 'p.yaml': text, ...secrets }, { BROKER: 'kafka:1' });
    expect(config.kafka.brokers).toEqual(['kafka:1']);
    expect(config.starrocks).toMatchObject({ username: 'loader', password: 'from a directory' });
  });

  it('is told which reference gives nothing, and never what one gave', async () => {
    const files = pipelineYaml("buffer:\n  maxBytes: '${env:SECRET}'\nflush:\n  maxBytes: '${env:NOWHERE}'\n");
    expect(await problemsOf(files, { SECRET: 'top secret' })).toEqual([
      '`flush.maxBytes` (p.yaml:14:3) has no value, because `${env:NOWHERE}` gives nothing: there is no `NOWHERE` in the environment.',
      expect.stringContaining('`flush.maxBytes` is `${env:NOWHERE}` (p.yaml:14:3), but'),
      expect.stringContaining('`buffer.maxBytes` is `${env:SECRET}` (p.yaml:12:3), but'),
    ]);
  });
});
