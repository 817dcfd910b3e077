import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { runDir } from '../support/paths.ts';
import { within } from '../support/poll.ts';
import { isRunning, kill, type ProcessIdentity, signal, suspend, terminate } from '../support/process-identity.ts';
import { spawnOwned } from '../support/spawn-logged.ts';
import { type BrokerFiles, logFileIn } from './broker-files.ts';
import { launchBroker, type Spawn, startBroker } from './launch.ts';
import type { KafkaEndpoints, KafkaOptions } from './options.ts';

const STOP_GRACE_MS = 15_000;
const TOPIC_LIMIT_MS = 15_000;

export interface TopicOptions {
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** Starts a broker that belongs to this process: it ends with it at the latest. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaService> {
  await mkdir(runDir, { recursive: true });
  const dir = await mkdtemp(join(runDir, 'kafka-'));
  const spawn: Spawn = (command) => spawnOwned(command, dir);
  try {
    const { files, identity } = await launchBroker({ dir, options, spawn });
    return new KafkaService({ dir, options, files, spawn }, identity);
  } catch (error) {
    // A broker that ran leaves its folder: the error names the log in it.
    if (!existsSync(logFileIn(dir))) await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

interface Installed {
  readonly dir: string;
  readonly options: KafkaOptions;
  readonly files: BrokerFiles;
  readonly spawn: Spawn;
}

export class KafkaService {
  readonly #installed: Installed;
  #identity: ProcessIdentity;

  constructor(installed: Installed, identity: ProcessIdentity) {
    this.#installed = installed;
    this.#identity = identity;
  }

  get endpoints(): KafkaEndpoints {
    return this.#installed.files.endpoints;
  }

  get bootstrapServers(): string {
    return this.endpoints.bootstrapServers;
  }

  get saslSsl(): KafkaEndpoints['saslSsl'] {
    return this.endpoints.saslSsl;
  }

  get mtls(): KafkaEndpoints['mtls'] {
    return this.endpoints.mtls;
  }

  /** The broker's own process; another one after each start. */
  get pid(): number {
    return this.#identity.pid;
  }

  get logFile(): string {
    return this.#installed.files.logFile;
  }

  get isRunning(): boolean {
    return isRunning(this.#identity);
  }

  /** Starts a broker that was killed, on the same ports and with what it had kept. */
  async start(): Promise<void> {
    if (this.isRunning) return;
    this.#identity = await startBroker(this.#installed.files, this.#installed);
  }

  /** A clean shutdown and a start, with the same ports and topics. */
  async restart(): Promise<void> {
    await terminate(this.#identity, STOP_GRACE_MS);
    await this.start();
  }

  /** As a crash does: no shutdown, and nothing is said to clients. Topics stay. */
  async kill(): Promise<void> {
    await kill(this.#identity);
  }

  /** The broker keeps its connections and answers nothing, from the moment that this returns. */
  async pause(): Promise<void> {
    await suspend(this.#identity);
  }

  resume(): void {
    signal(this.#identity, 'SIGCONT');
  }

  /** Ends the broker for good and removes what it wrote, except into a `dataDir` of the caller's. */
  async stop(): Promise<void> {
    await terminate(this.#identity, STOP_GRACE_MS);
    await rm(this.#installed.dir, { recursive: true, force: true });
  }

  /** A KafkaJS client of the plaintext listener that logs nothing. */
  client(config: Partial<KafkaConfig> = {}): Kafka {
    return new Kafka({ brokers: [this.bootstrapServers], clientId: 'services', logLevel: logLevel.NOTHING, ...config });
  }

  async createTopic(topic: string, { partitions = 1, configs = {} }: TopicOptions = {}): Promise<void> {
    const admin = this.client().admin();
    await admin.connect();
    try {
      const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
      const created = await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, configEntries }],
        waitForLeaders: false,
      });
      if (!created) throw new Error(`topic ${topic} exists already`);
      // The controller has the topic before the broker knows of it, and KafkaJS takes the broker's no for its answer.
      const known = await within(TOPIC_LIMIT_MS, () =>
        admin.fetchTopicMetadata({ topics: [topic] }).then(
          ({ topics: [found] }) => found?.partitions.length === partitions,
          () => false,
        ),
      );
      if (!known) throw new Error(`topic ${topic} was created, and the broker does not know of it`);
    } finally {
      await admin.disconnect();
    }
  }
}
