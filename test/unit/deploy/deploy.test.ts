import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../../src/config/load.ts';
import { createRestWorker } from '../../support/rest-worker.ts';

const ROOT = join(import.meta.dirname, '../../..');
const SECRETS = '/run/secrets/tributary';
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.literal('rest') }) });
const configMapSchema = z.object({ kind: z.literal('ConfigMap'), data: z.record(z.string(), z.string()) });
const deploymentSchema = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        containers: z.tuple([
          z.object({
            args: z.array(z.string()),
            livenessProbe: probe,
            readinessProbe: probe,
            volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })),
          }),
        ]),
      }),
    }),
  }),
});

const [configMap, deployment] = parseAllDocuments(read('deploy/kubernetes.yaml')).map(
  (document) => document.toJS() as unknown,
);
const { data } = configMapSchema.parse(configMap);
const { terminationGracePeriodSeconds, containers } = deploymentSchema.parse(deployment).spec.template.spec;
const [container] = containers;

/** What the configuration of the manifest says, with a secret where Kubernetes would put it. */
async function loadManifest(): ReturnType<typeof loadConfig> {
  const cwd = await mkdtemp(join(tmpdir(), 'tributary-deploy-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'starrocks-password'), 'from Kubernetes');
  const files = container.args.map((path) => path.replace('/etc/tributary/', ''));
  for (const file of files) await writeFile(join(cwd, file), (data[file] ?? '').replaceAll(SECRETS, cwd));
  return loadConfig(files, { cwd, env: {} });
}

it('the Kubernetes manifest holds a configuration that starts, with its password from the secret', async () => {
  const { pipelines, warnings, worker } = await loadManifest();
  expect(warnings).toEqual([]);
  expect(pipelines.map(({ starrocks }) => starrocks.password)).toEqual(['from Kubernetes']);
  expect(worker?.rest.listeners).toMatchObject([{ host: '0.0.0.0', port: 8083 }]);
  expect(container.volumeMounts).toContainEqual({ name: 'secrets', mountPath: SECRETS });
});

it('its probes ask what the REST API answers', async () => {
  const { app } = createRestWorker();
  for (const { httpGet } of [container.livenessProbe, container.readinessProbe]) {
    expect((await app.inject({ url: httpGet.path })).statusCode, httpGet.path).toBe(200);
  }
});

it('Kubernetes and systemd wait longer for a stop than a stop may take', async () => {
  const longest = Math.max(
    ...(await loadManifest()).pipelines.map(({ shutdownTimeoutMs }) => shutdownTimeoutMs / 1000),
  );
  const unit = read('deploy/tributary.service');
  expect(terminationGracePeriodSeconds).toBeGreaterThan(longest + 15);
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(longest + 15);
});

it('the image is built of files that are there and not ignored', () => {
  const kept = read('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  expect(kept.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  const [, copied = ''] = /^COPY (package\.json .*) \.\/$/m.exec(read('Dockerfile')) ?? [];
  expect(copied.split(' ').filter((path) => !kept.includes(path))).toEqual([]);
});
