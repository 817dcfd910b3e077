import { describe, expect, it } from 'vitest';
import type { RestSettings } from '../../../src/config/rest-settings.ts';
import { shownSettings } from '../../../src/config/shown-settings.ts';
import { type Files, load, pipelineYaml, problemsOf } from './support.ts';

const pemText = (kind: string): string => `-----BEGIN ${kind}-----\nQUJD\n-----END ${kind}-----\n`;

const second = (more: string): Files => ({
  'q.yaml': pipelineYaml(more)['p.yaml']?.replace('name: orders', 'name: returns') ?? '',
});

async function rest(section: string, more: Files = {}): Promise<RestSettings | undefined> {
  return (await load({ ...pipelineYaml(section), ...more })).worker?.rest;
}

describe('the section `rest` of a pipeline file', () => {
  it('is what it takes for anything to be served', async () => {
    expect((await load(pipelineYaml())).worker).toBeUndefined();
    expect((await load({ ...pipelineYaml(), ...second('') })).worker).toBeUndefined();
  });

  it('needs nothing in it to serve this machine', async () => {
    expect(await rest('rest: {}')).toMatchObject({
      origin: 'pipeline file',
      listeners: [{ scheme: 'http', host: '127.0.0.1', port: 8083 }],
      tls: undefined,
      users: undefined,
    });
  });

  it('says where, to whom and with which certificate, whose files stand beside it', async () => {
    const { worker } = await load(
      {
        ...pipelineYaml(`rest:
  listeners: ['https://:8443', 'HTTP://[::1]:80/']
  username: anna
  password: \${env:REST_PASSWORD}
  tls: { cert: ./-cert.pem, key: ./-key.pem, clientAuth: requested }`),
        '-cert.pem': pemText('CERTIFICATE'),
        '-key.pem': pemText('PRIVATE KEY'),
      },
      { REST_PASSWORD: 'sesame' },
    );
    expect(worker?.rest).toMatchObject({
      listeners: [
        { scheme: 'https', host: '', port: 8443 },
        { scheme: 'http', host: '::1', port: 80 },
      ],
      users: new Map([['anna', 'sesame']]),
      tls: {
        cert: expect.stringContaining('CERTIFICATE') as string,
        key: expect.stringContaining('PRIVATE KEY') as string,
        clientAuth: 'requested',
      },
    });
  });

  it.each([
    [
      'rest: { listeners: [localhost:8083] }',
      '`rest.listeners[0]` is `localhost:8083` (p.yaml:11:21), but it must be an address such as `http://127.0.0.1:8083` or `https://:8443`.',
    ],
    [
      'rest: { listeners: http://127.0.0.1:8083 }',
      '`rest.listeners` is `http://127.0.0.1:8083` (p.yaml:11:9), but it must be a list of addresses.',
    ],
    [
      'rest: { listeners: ["http://:80830"] }',
      '`rest.listeners[0]` is `http://:80830` (p.yaml:11:21), but it must be an address such as `http://127.0.0.1:8083` or `https://:8443`.',
    ],
    ['rest: { username: anna }', '`rest.password` is missing in p.yaml: `rest.username` and it go together.'],
    ['rest: { password: x }', '`rest.password` (p.yaml:11:9) is set, but `rest.username` and it go together.'],
    [
      'rest: { listeners: ["https://:8443"], tls: { cert: ./-cert.pem } }',
      '`rest.tls.key` is missing in p.yaml: `rest.listeners` with `https://` need a certificate and its key.',
    ],
    ['rest: { listener: [] }', '`rest.listener` (p.yaml:11:9) is not a setting; did you mean `rest.listeners`?'],
  ])('is refused with a sentence: %s', async (section, problem) =>
    expect(await problemsOf({ ...pipelineYaml(section), '-cert.pem': pemText('CERTIFICATE') })).toEqual([problem]),
  );

  it('stands in one of several files, or says the same in all that have it', async () => {
    const any = "rest: { listeners: ['http://127.0.0.1:0'] }";
    expect((await rest('', second(any)))?.listeners).toEqual([{ scheme: 'http', host: '127.0.0.1', port: 0 }]);
    expect((await rest(any, second(any)))?.listeners).toHaveLength(1);
    expect(await problemsOf({ ...pipelineYaml(any), ...second('rest: {}') })).toEqual([
      '`rest` says one thing for `orders` and another for `returns`, but a process has one REST API: leave it in one of their files, or write the same into both.',
    ]);
  });
});

describe('the settings of a pipeline file that people may see', () => {
  it('are those that stand there, without secrets and without what references give', async () => {
    const { worker } = await load(
      {
        ...pipelineYaml(`  tables: { orders: options }
connectTransforms: { transforms: mask, transforms.mask.token: abc }
flush: { intervalMs: 50 }
value: { schemaRegistry: { urls: ['http://registry:8081'], username: '\${env:KEY}', password: sesame } }
rest: { username: anna, password: sesame }`),
      },
      { KEY: 'who-we-are' },
    );
    expect(Object.fromEntries(worker?.given.get('orders') ?? [])).toEqual({
      name: 'orders',
      'kafka.brokers': 'localhost:9092',
      'kafka.topics': 'orders',
      'value.schemaRegistry.urls': 'http://registry:8081',
      'value.schemaRegistry.username': '${env:KEY}',
      'value.schemaRegistry.password': '[hidden]',
      connectTransforms: '{"transforms":"mask","transforms.mask.token":"[hidden]"}',
      'starrocks.urls': 'fe:8030',
      'starrocks.database': 'shop',
      'starrocks.username': 'root',
      'starrocks.password': '[hidden]',
      'starrocks.tables': '{"orders":"options"}',
      'flush.intervalMs': '50',
      'rest.username': 'anna',
      'rest.password': '[hidden]',
    });
  });

  it('name own operators without their options, which may be secrets', () => {
    const transforms = [{ operator: './mask.js', options: { salt: 'pepper' } }, function drop() {}];
    expect(shownSettings({ name: 'orders', transforms })).toEqual(
      new Map([
        ['name', 'orders'],
        ['transforms', '[{"operator":"./mask.js","options":"[hidden]"},"function drop"]'],
      ]),
    );
  });
});
