import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../services/support/paths.ts';

const WORKER_FILE = 'connect-standalone.properties';
const CONNECTOR_FILE = 'connect-StarRocks-sink.properties';

export interface Hosts {
  readonly bootstrapServers: string;
  readonly feHostPort: string;
}

/**
 * Copies the two files of examples/, with nothing replaced but the two addresses; and the REST API is served at any port
 * that is free, because somebody may run a worker here already. Returns the copies' paths.
 */
export async function writeConfigFiles(dir: string, hosts: Hosts): Promise<readonly [string, string]> {
  const worker = await copyWith(dir, WORKER_FILE, 'bootstrap.servers', hosts.bootstrapServers);
  await appendFile(worker, '\nlisteners=http://127.0.0.1:0\n');
  return [worker, await copyWith(dir, CONNECTOR_FILE, 'starrocks.http.url', hosts.feHostPort)];
}

async function copyWith(dir: string, name: string, key: string, value: string): Promise<string> {
  const original = await readFile(join(projectRoot, 'examples', name), 'utf8');
  const lines = original.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${key}=`));
  if (at < 0) throw new Error(`examples/${name} has no line that starts with ${key}=`);
  const copy = join(dir, name);
  await writeFile(copy, lines.with(at, `${key}=${value}`).join('\n'));
  return copy;
}
