import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaUpEndpoints } from '../../services/index.ts';
import { identify, isRunning, type ProcessIdentity } from '../../services/support/process-identity.ts';
import { type Finished, finish, startScript } from './support/run.ts';

let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tributary-services-'));
});
afterAll(async () => {
  await services(['down']);
  await rm(dir, { recursive: true, force: true });
});

describe('a part that stays up', () => {
  test('comes up once, is found up by the next, and goes down', async () => {
    const first = await services(['up', 'kafka', '--sasl']);
    expect(first).toMatchObject({ status: 0 });
    const { kafka } = JSON.parse(first.stdout) as { kafka: KafkaUpEndpoints };
    const broker = identify(kafka.pid);
    if (broker === undefined) throw new Error(`no broker runs as ${kafka.pid}`);

    const second = await services(['up', 'kafka', '--sasl']);
    expect(second).toEqual({ status: 0, stdout: first.stdout, stderr: 'services: kafka is up already\n' });

    const otherwise = await services(['up', 'kafka']);
    expect(otherwise).toMatchObject({ status: 1, stdout: '' });
    expect(otherwise.stderr).toContain('up already with other options');

    expect(JSON.parse((await services(['status'])).stdout)).toEqual({
      kafka,
      registry: null,
      postgres: null,
      debezium: null,
    });
    expect(await services(['down'])).toMatchObject({
      status: 0,
      stderr:
        'services: kafka is down\nservices: registry was not up\nservices: postgres was not up\nservices: debezium was not up\n',
    });
    expect(isRunning(broker)).toBe(false);
    expect(JSON.parse((await services(['status'])).stdout)).toEqual({
      kafka: null,
      registry: null,
      postgres: null,
      debezium: null,
    });
    expect(await services(['down', 'kafka'])).toMatchObject({ status: 0, stderr: 'services: kafka was not up\n' });
  });

  test('is never mistaken for a stranger that has its process id now', async () => {
    const { child: stranger, identity } = standIn();
    const startedBefore = { ...identity, startTime: '1' };
    await writeFile(
      join(dir, 'kafka.json'),
      JSON.stringify({ identity: startedBefore, fingerprint: '', endpoints: {} }),
    );

    expect(JSON.parse((await services(['status'])).stdout)).toEqual({
      kafka: null,
      registry: null,
      postgres: null,
      debezium: null,
    });
    expect(await services(['down'])).toMatchObject({
      status: 0,
      stderr:
        'services: kafka was not up\nservices: registry was not up\nservices: postgres was not up\nservices: debezium was not up\n',
    });
    expect(isRunning(identity)).toBe(true);

    stranger.kill();
    await once(stranger, 'exit');
  });

  test('is ended even if its start was cut off before it served', async () => {
    const { identity } = standIn();
    await writeFile(join(dir, 'kafka.json'), JSON.stringify({ identity, fingerprint: '' }));
    expect(await services(['down'])).toMatchObject({
      status: 0,
      stderr:
        'services: kafka is down\nservices: registry was not up\nservices: postgres was not up\nservices: debezium was not up\n',
    });
    expect(isRunning(identity)).toBe(false);
  });
});

describe('what is missing or wrong is one sentence', () => {
  test('no java', async () => {
    const { status, stdout, stderr } = await services(['up', 'kafka'], { PATH: dir, JAVA_HOME: '' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^services: Kafka needs Java 17 or newer, and no java was found on the PATH: install .+\n$/);
  });

  test('an old java', async () => {
    const home = join(dir, 'java-11');
    await mkdir(join(home, 'bin'), { recursive: true });
    await writeFile(join(home, 'bin', 'java'), '#!/bin/sh\necho \'openjdk version "11.0.2" 2019-01-15\' >&2\n');
    await chmod(join(home, 'bin', 'java'), 0o755);
    const { status, stderr } = await services(['up', 'kafka'], { JAVA_HOME: home });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^services: Kafka needs Java 17 or newer, and \S+ is Java 11: install .+\n$/);
  });

  test.each([
    [['up', 'kavka'], 'There is no part "kavka". Known parts: kafka, registry, postgres, debezium.'],
    [['up'], 'Say which part to start, as in: up kafka.'],
    [['down', 'registri'], 'There is no part "registri". Known parts: kafka, registry, postgres, debezium.'],
    [['start', 'kafka'], 'There is no command "start". Known commands: up, down, status.'],
    [['up', 'kafka', '--prot', '9092'], "kafka: Unknown option '--prot'"],
    [['up', 'kafka', '--port', '90920'], '--port takes a number from 1 to 65535, not "90920".'],
    [['up', 'kafka', '--property', '=x'], '"=x" is not of the form --property KEY=VALUE.'],
    [['up', 'kafka', '--user', 'alice'], '"alice" is not of the form --user NAME:PASSWORD.'],
  ])('%j', async (args, sentence) => {
    const { status, stdout, stderr } = await services(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(`services: ${sentence}\n`);
  });

  test('a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { status, stderr } = await services(['up', 'kafka', '--port', port]);
    server.close();
    expect(status).toBe(1);
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is taken`);
  });
});

test('help names every part and option, and needs nothing installed', async () => {
  const { status, stdout } = await services(['--help'], { PATH: dir });
  expect(status).toBe(0);
  const source = await readFile(join(import.meta.dirname, '../../services/kafka/part.ts'), 'utf8');
  const options = [...source.matchAll(/^ {6}'?([a-z-]+)'?: \{ type/gm)].map((match) => `--${match[1]}`);
  expect(options.length).toBeGreaterThan(5);
  for (const option of options) expect(stdout).toContain(option);
});

function standIn(): { child: ChildProcess; identity: ProcessIdentity } {
  const child = spawn('sleep', ['60']);
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) throw new Error('sleep does not run');
  return { child, identity };
}

function services(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return finish(startScript('services/main.ts', args, { ...env, TRIBUTARY_SERVICES_DIR: dir, NO_COLOR: '1' }));
}
