import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import { basicAuth } from '../contract/support/http.ts';

const pem = (name: string) => readFileSync(new URL(`fixtures/fe-${name}.pem`, import.meta.url), 'utf8');
const tls = { key: pem('key'), cert: pem('cert') };

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ feTls: tls });
  await emulator.query('CREATE DATABASE d; CREATE TABLE d.t (id INT)');
});
afterAll(() => emulator.close());

async function put(): Promise<IncomingMessage> {
  const headers = { Authorization: basicAuth('root', ''), Expect: '100-continue', 'Content-Length': '2' };
  const outgoing = request(`${emulator.feUrl}/api/d/t/_stream_load`, {
    method: 'PUT',
    headers,
    ca: tls.cert,
    agent: false,
  });
  outgoing.flushHeaders();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  outgoing.destroy();
  return response;
}

it('§1.4 an FE that speaks HTTPS still redirects to http', async () => {
  expect(emulator.feUrl).toMatch(/^https:/);
  const response = await put();
  expect(response.statusCode).toBe(307);
  expect(response.headers.location).toBe(`${emulator.beUrls[0] ?? ''}/api/d/t/_stream_load`);
});

it('its connections can be cut too', async () => {
  emulator.addFault({ at: 'fe.stream_load', cut: true });
  await expect(put()).rejects.toThrow();
  expect((await put()).statusCode).toBe(307);
});
