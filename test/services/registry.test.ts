import { expect, onTestFinished, test } from 'vitest';
import { startRegistry } from '../../services/index.ts';

test("the registry keeps schemas behind Confluent's API, and is gone when it is stopped", async () => {
  const registry = await startRegistry();
  onTestFinished(() => registry.stop());
  const schema = JSON.stringify({
    type: 'record',
    name: 'R',
    fields: [{ name: 'a', type: 'int', 'connect.type': 'int8' }],
  });
  const registered = await fetch(`${registry.url}/subjects/s-value/versions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema }),
  });
  const { id } = (await registered.json()) as { id: number };
  const found = await fetch(`${registry.url}/schemas/ids/${id}`);
  expect(JSON.parse(((await found.json()) as { schema: string }).schema)).toEqual(JSON.parse(schema));

  await registry.kill();
  expect(registry.isRunning).toBe(false);
  await expect(fetch(`${registry.url}/subjects`)).rejects.toThrow();
  await registry.start();
  expect((await fetch(`${registry.url}/subjects`)).status).toBe(200);
  await registry.stop();
  expect(registry.isRunning).toBe(false);
});
