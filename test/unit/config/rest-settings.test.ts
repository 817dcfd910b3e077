import { describe, expect, it } from 'vitest';
import type { RestSettings } from '../../../src/config/rest-settings.ts';
import { connectFiles, load, problemsOf } from './support.ts';

const pemText = (kind: string): string => `-----BEGIN ${kind}-----\nQUJD\n-----END ${kind}-----`;

async function rest(worker: Record<string, string>, more: Record<string, string> = {}): Promise<RestSettings> {
  const { worker: loaded } = await load({ ...connectFiles({ worker }), ...more });
  if (!loaded) throw new Error('There is no worker');
  return loaded.rest;
}

describe('the REST API of a worker', () => {
  it('is served to this machine alone when nothing is said', async () => {
    expect(await rest({})).toEqual({
      origin: 'worker file',
      listeners: [{ scheme: 'http', host: '127.0.0.1', port: 8083 }],
      adminListeners: undefined,
      tls: undefined,
      users: undefined,
      advertised: {},
      allowOrigins: [],
      allowMethods: ['GET', 'POST', 'HEAD'],
      headers: [],
      topicTracking: true,
      topicTrackingReset: true,
    });
  });

  it.each([
    ['http://:8083', [{ scheme: 'http', host: '', port: 8083 }]],
    ['HTTP://0.0.0.0:80/', [{ scheme: 'http', host: '0.0.0.0', port: 80 }]],
    [
      'http://[::1]:1, http://h:2',
      [
        { scheme: 'http', host: '::1', port: 1 },
        { scheme: 'http', host: 'h', port: 2 },
      ],
    ],
    ['', []],
  ])('is served at `%s`', async (listeners, expected) =>
    expect((await rest({ listeners })).listeners).toEqual(expected),
  );

  it('reads everything else that Kafka Connect has for it', async () => {
    const settings = await rest({
      'admin.listeners': '',
      'rest.advertised.host.name': 'worker-1',
      'rest.advertised.port': '80',
      'rest.advertised.listener': 'HTTP',
      'access.control.allow.origin': 'https://a, https://b',
      'access.control.allow.methods': 'GET,PUT',
      'response.http.headers.config': '"add X-Frame-Options: DENY, really", setDate Expires: 0',
      'topic.tracking.enable': 'false',
    });
    expect(settings).toMatchObject({
      adminListeners: [],
      advertised: { host: 'worker-1', port: 80, scheme: 'http' },
      allowOrigins: ['https://a', 'https://b'],
      allowMethods: ['GET', 'PUT'],
      headers: [
        { action: 'add', name: 'X-Frame-Options', value: 'DENY, really' },
        { action: 'setDate', name: 'Expires', value: '0' },
      ],
      topicTracking: false,
    });
  });

  it('takes its certificate from the keys behind the prefix, or from those without when there is none', async () => {
    const pem = { '-store.pem': `${pemText('CERTIFICATE')}\n${pemText('PRIVATE KEY')}` };
    const listeners = 'https://:8443';
    const own = await rest(
      {
        listeners,
        'listeners.https.ssl.keystore.location': '-store.pem',
        'listeners.https.ssl.client.auth': 'required',
        'ssl.client.auth': 'none',
      },
      pem,
    );
    expect(own.tls).toMatchObject({ clientAuth: 'required', cert: expect.stringContaining('CERTIFICATE') as string });
    const shared = await rest({ listeners, 'ssl.keystore.location': '-store.pem' }, pem);
    expect(shared.tls).toMatchObject({ clientAuth: 'none', key: expect.stringContaining('PRIVATE KEY') as string });
  });

  it('takes its users from a file', async () => {
    const { users } = await rest(
      {
        'rest.extension.classes': 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension',
        'rest.basic.auth.users.file': '-users',
      },
      { '-users': '# people\nanna=pa=ss\notto: x' },
    );
    expect(users).toEqual(
      new Map([
        ['anna', 'pa=ss'],
        ['otto', 'x'],
      ]),
    );
  });

  it.each([
    [
      'an address that is none',
      { listeners: 'localhost:8083' },
      '`listeners` is `localhost:8083` (w:5), but it must be a list of addresses such as `http://127.0.0.1:8083`.',
    ],
    [
      'a port that is none',
      { listeners: 'http://:80830' },
      '`listeners` is `http://:80830` (w:5), but it must be a list of addresses such as `http://127.0.0.1:8083`.',
    ],
    [
      'https without a certificate',
      { listeners: 'https://:8443' },
      '`listeners.https.ssl.keystore.location` is missing in w: an https listener needs a PEM file with its certificate and key.',
    ],
    [
      'an extension that is a Java class',
      { 'rest.extension.classes': 'com.example.Auth' },
      '`rest.extension.classes` is `com.example.Auth` (w:5), a Java class that cannot be loaded; only `org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension` is known.',
    ],
    [
      'passwords that are asked for and are nowhere',
      { 'rest.extension.classes': 'BasicAuthSecurityRestExtension' },
      "`rest.basic.auth.users.file` is missing in w: name the file of `user=password` lines there that Java's login configuration names for `rest.extension.classes`.",
    ],
    [
      'a file without users',
      { 'rest.basic.auth.users.file': '-empty' },
      '`rest.basic.auth.users.file` is `-empty` (w:5), but that file names no user.',
    ],
    [
      'a header that is none',
      { 'response.http.headers.config': 'X-A: b' },
      '`response.http.headers.config` is `X-A: b` (w:5), but each of its headers must be written as `set|add|setDate|addDate Name: value`.',
    ],
    [
      'a flag that is none',
      { 'topic.tracking.enable': 'yes' },
      '`topic.tracking.enable` is `yes` (w:5), but it must be true or false.',
    ],
    [
      'an advertised port that is none',
      { 'rest.advertised.port': 'x' },
      '`rest.advertised.port` is `x` (w:5), but it must be a whole number from 0 to 65535.',
    ],
    [
      'an advertised listener that is none',
      { 'rest.advertised.listener': 'ftp' },
      '`rest.advertised.listener` is `ftp` (w:5), but it must be `http` or `https`.',
    ],
  ])('refuses %s', async (_, worker, problem) =>
    expect(await problemsOf({ ...connectFiles({ worker }), '-empty': '# nobody' })).toEqual([problem]),
  );

  it('lets a worker start without connectors', async () => {
    const { w = '' } = connectFiles({});
    const { pipelines, worker } = await load({ w });
    expect(pipelines).toEqual([]);
    expect(worker?.given.size).toBe(0);
  });

  it('knows what the connectors of files were given, as it stands there', async () => {
    const { worker } = await load(connectFiles({ connector: { 'starrocks.password': '${file:x:y}' } }));
    expect(worker?.given.get('orders')?.get('starrocks.password')).toBe('${file:x:y}');
  });
});
