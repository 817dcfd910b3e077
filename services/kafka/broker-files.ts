import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateAuthority } from '../support/certificates.ts';
import { fetchJars } from '../support/jars.ts';
import { findJava } from '../support/java.ts';
import { JVM_OPTIONS } from '../support/jvm-options.ts';
import { sourceFile } from '../support/paths.ts';
import { freePorts, HOST, isFree } from '../support/ports.ts';
import { runCommand } from '../support/run-command.ts';
import { type Say, sayOnStderr } from '../support/say.ts';
import { ServiceError } from '../support/service-error.ts';
import { type KafkaEndpoints, type KafkaOptions, type KafkaUser, SASL_MECHANISMS, usersOf } from './options.ts';
import { type BrokerPorts, type BrokerSecrets, serverProperties } from './server-properties.ts';

const FORMAT_LIMIT_MS = 60_000;
const JARS = { name: 'kafka', title: 'Kafka 4.3.1 (44 MB)', pom: sourceFile('kafka', 'pom.xml') };

/** A broker that is ready to be started, as often as one likes: the same files, ports and topics each time. */
export interface BrokerFiles {
  readonly java: string;
  readonly args: readonly string[];
  readonly ports: BrokerPorts;
  readonly endpoints: KafkaEndpoints;
  readonly logFile: string;
}

/** Lays out everything that a broker needs in the given folder, fetching its jars first if they aren't here yet. */
export async function prepareBroker(dir: string, options: KafkaOptions): Promise<BrokerFiles> {
  const say = options.say ?? sayOnStderr;
  const [java, jarsDir] = await findToolsAndJars(say);
  const topicsDir = options.dataDir ?? join(dir, 'topics');
  const nativeLibraries = join(dir, 'tmp');
  await mkdir(nativeLibraries, { recursive: true });
  await mkdir(topicsDir, { recursive: true });

  const users = usersOf(options);
  const ports = await choosePorts(options);
  const tls = ports.saslSsl !== undefined || ports.mtls !== undefined ? await writeCertificates(dir) : undefined;
  const propertiesFile = join(dir, 'server.properties');
  await writeFile(
    propertiesFile,
    serverProperties({ options, users, ports, secrets: tls?.secrets, topicsDir }),
    // It holds passwords and the server's key.
    { mode: 0o600 },
  );

  const jvm = [
    ...JVM_OPTIONS,
    '-cp',
    join(jarsDir, '*'),
    `-Dlog4j2.configurationFile=${sourceFile('kafka', 'log4j2.properties')}`,
    // The compression libraries unpack themselves there, and a killed broker leaves them behind.
    `-Djava.io.tmpdir=${nativeLibraries}`,
    '-Djava.awt.headless=true',
    `-Xmx${options.heap ?? '512m'}`,
  ];
  await formatStorage(java, [...jvm, 'kafka.tools.StorageTool'], { propertiesFile, topicsDir, users });
  return {
    java,
    args: [...jvm, 'kafka.Kafka', propertiesFile],
    ports,
    endpoints: endpointsOf(ports, users, tls?.files),
    logFile: logFileIn(dir),
  };
}

export function logFileIn(dir: string): string {
  return join(dir, 'broker.log');
}

async function findToolsAndJars(say: Say): Promise<[java: string, jarsDir: string]> {
  // Java first: whoever lacks it shouldn't have to sit through a download before hearing so.
  return [await findJava(), await fetchJars(JARS, say)];
}

async function choosePorts(options: KafkaOptions): Promise<BrokerPorts> {
  if (options.port !== undefined && !(await isFree(options.port))) {
    throw new ServiceError(
      `Port ${options.port} on ${HOST} is taken: give Kafka another one, or none to have a free one chosen.`,
    );
  }
  const [plaintext = 0, controller = 0, saslSsl, mtls] = await freePorts(4);
  return {
    plaintext: options.port ?? plaintext,
    controller,
    saslSsl: usersOf(options).length > 0 ? saslSsl : undefined,
    mtls: options.mtls === true ? mtls : undefined,
  };
}

interface CertificateFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

async function writeCertificates(dir: string): Promise<{ secrets: BrokerSecrets; files: CertificateFiles }> {
  const authority = new CertificateAuthority('Tributary services');
  const server = authority.issueServer('localhost', { names: ['localhost'], ipv4: [HOST] });
  const client = authority.issueClient('tributary');
  const files = {
    caFile: join(dir, 'ca.pem'),
    certFile: join(dir, 'client.pem'),
    keyFile: join(dir, 'client-key.pem'),
  };
  await writeFile(files.caFile, authority.cert);
  await writeFile(files.certFile, client.cert);
  await writeFile(files.keyFile, client.key, { mode: 0o600 });
  return { secrets: { ca: authority.cert, server }, files };
}

interface Storage {
  readonly propertiesFile: string;
  readonly topicsDir: string;
  readonly users: readonly KafkaUser[];
}

async function formatStorage(java: string, tool: readonly string[], storage: Storage): Promise<void> {
  if (existsSync(join(storage.topicsDir, 'meta.properties'))) return;
  const clusterId = randomBytes(16).toString('base64url');
  const scram = storage.users.flatMap(({ username, password }) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${username},password=${password}]`,
    ]),
  );
  // With `=`, because one id in 64 starts with a dash.
  const args = [...tool, 'format', `--cluster-id=${clusterId}`, '--config', storage.propertiesFile, ...scram];
  const result = await runCommand(java, args, FORMAT_LIMIT_MS);
  if (result?.status === 0) return;
  throw new ServiceError(
    `Kafka's storage could not be formatted in ${storage.topicsDir}. It said:\n${result?.output ?? ''}`,
  );
}

function endpointsOf(
  ports: BrokerPorts,
  users: readonly KafkaUser[],
  files: CertificateFiles | undefined,
): KafkaEndpoints {
  const at = (port: number) => ({ bootstrapServers: `${HOST}:${port}` });
  return {
    ...at(ports.plaintext),
    ...(ports.saslSsl !== undefined && files !== undefined
      ? { saslSsl: { ...at(ports.saslSsl), caFile: files.caFile, mechanisms: SASL_MECHANISMS, users } }
      : {}),
    ...(ports.mtls !== undefined && files !== undefined ? { mtls: { ...at(ports.mtls), ...files } } : {}),
  };
}
