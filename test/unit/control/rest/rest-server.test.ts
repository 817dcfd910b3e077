import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RestSettings } from '../../../../src/config/rest-settings.ts';
import { RestServer } from '../../../../src/control/rest/rest-server.ts';
import { ok, type Route } from '../../../../src/control/rest/route.ts';
import { UnavailableError } from '../../../../src/core/errors.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

const anyPort = { scheme: 'http', host: '127.0.0.1', port: 0 } as const;
const main: Route[] = [{ method: 'GET', path: '/', handle: () => ok('main') }];
const admin: Route[] = [{ method: 'GET', path: '/admin', handle: () => ok('admin') }];

function create(changes: Partial<RestSettings>): { server: RestServer; logger: RecordingLogger } {
  const logger = new RecordingLogger();
  const settings: RestSettings = {
    origin: 'worker file',
    listeners: [anyPort],
    adminListeners: undefined,
    tls: undefined,
    users: undefined,
    advertised: {},
    allowOrigins: [],
    allowMethods: [],
    headers: [],
    topicTracking: true,
    topicTrackingReset: true,
    ...changes,
  };
  const server = new RestServer({ settings, routes: main, adminRoutes: admin, logger });
  onTestFinished(() => server.close());
  return { server, logger };
}

async function status(base: string | undefined, path: string): Promise<number> {
  return (await fetch(`${base ?? ''}${path}`)).status;
}

describe('the server of the REST API', () => {
  it('serves /admin with the rest, and says where', async () => {
    const { server, logger } = create({});
    await server.listen();
    const [base] = server.addresses;
    expect([await status(base, '/'), await status(base, '/admin')]).toEqual([200, 200]);
    expect(logger.messages('info')).toEqual([`The REST API is served at ${base ?? ''}`]);
    expect(logger.messages('warn')).toEqual([]);
  });

  it('serves /admin elsewhere, or nowhere, when it is told to', async () => {
    const elsewhere = create({ adminListeners: [anyPort] }).server;
    await elsewhere.listen();
    const [base, adminBase] = elsewhere.addresses;
    expect(await Promise.all([status(base, '/admin'), status(adminBase, '/admin'), status(adminBase, '/')])).toEqual([
      404, 200, 404,
    ]);
    const nowhere = create({ adminListeners: [] }).server;
    await nowhere.listen();
    expect(await status(nowhere.addresses[0], '/admin')).toBe(404);
  });

  it.each([
    ['worker file', "`listeners` of the worker's file"],
    ['pipeline file', '`rest.listeners` of the pipeline file'],
  ] as const)('says in a sentence that its port is taken, and where another is named: %s', async (origin, setting) => {
    const { server } = create({});
    await server.listen();
    const port = Number(server.addresses[0]?.split(':').at(-1));
    const second = create({ origin, listeners: [{ ...anyPort, port }] }).server;
    await expect(second.listen()).rejects.toThrow(
      new UnavailableError(
        `The REST API cannot be served at http://127.0.0.1:${port}: another program uses that port. Name another address in ${setting}; empty, there is no REST API.`,
      ),
    );
  });

  it('warns when everybody can reach it without a password', async () => {
    const open = create({ listeners: [{ ...anyPort, host: '' }] });
    await open.server.listen();
    expect(open.logger.messages('warn')).toEqual([
      'The REST API can be reached from other machines and asks for no password: whoever reaches it can read the passwords of the connectors and stop them. Set `rest.basic.auth.users.file`, or listen on 127.0.0.1',
    ]);
    const pipelines = create({ origin: 'pipeline file', listeners: [{ ...anyPort, host: '' }] });
    await pipelines.server.listen();
    expect(pipelines.logger.messages('warn')).toEqual([
      'The REST API can be reached from other machines and asks for no password: whoever reaches it can stop the pipelines and move their offsets. Set `rest.username` and `rest.password`, or listen on 127.0.0.1',
    ]);
    const closed = create({ listeners: [{ ...anyPort, host: '' }], users: new Map([['anna', 'x']]) });
    await closed.server.listen();
    expect(closed.logger.messages('warn')).toEqual([]);
  });

  it('speaks TLS, and asks for a certificate of the client where it has to', async () => {
    const [cert, key] = await Promise.all(
      ['fe-cert.pem', 'fe-key.pem'].map((name) =>
        readFile(new URL(`../../../emulator/fixtures/${name}`, import.meta.url), 'utf8'),
      ),
    );
    if (cert === undefined || key === undefined) throw new Error('There is no certificate');
    const reach = async (clientAuth: 'none' | 'required', client: object): Promise<number | string> => {
      const { server } = create({
        listeners: [{ ...anyPort, scheme: 'https' }],
        tls: { cert, key, ca: cert, clientAuth },
      });
      await server.listen();
      return new Promise((resolve) => {
        get(server.addresses[0] ?? '', { ca: cert, checkServerIdentity: () => undefined, agent: false, ...client })
          .on('response', (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          })
          .on('error', () => resolve('refused'));
      });
    };
    expect(await reach('none', {})).toBe(200);
    expect(await reach('required', {})).toBe('refused');
    expect(await reach('required', { cert, key })).toBe(200);
  });
});
