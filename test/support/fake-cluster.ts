import { onTestFinished } from 'vitest';
import { ConnectorOffsets } from '../../src/control/connector-offsets.ts';
import {
  type ProcessGroupListener,
  type SharedTopic,
  type SharedTopicListener,
} from '../../src/control/distributed/cluster-ports.ts';
import { type Written } from '../../src/control/distributed/config-records.ts';
import { DistributedWorker } from '../../src/control/distributed/distributed-worker.ts';
import { type WorkerProcess } from '../../src/control/distributed/work-plan.ts';
import { FakeGroupOffsets } from './fake-group-offsets.ts';
import { FakeTask } from './fake-task.ts';
import { RecordingLogger } from './recording-logger.ts';
import { connectorConfigs } from './rest-worker.ts';

/** A topic in memory: every process reads the same records in the same order. */
class SharedLog {
  readonly records: Written[] = [];
  /** What the next write does before it comes. */
  beforeWrite: () => void = () => undefined;
  writeError: Error | undefined;
  readonly #listeners = new Set<SharedTopicListener>();

  append(record: Written): void {
    this.records.push(record);
    for (const listener of this.#listeners) listener.record(record);
  }

  topic(listener: SharedTopicListener): SharedTopic {
    return {
      open: () => {
        for (const record of this.records) listener.record(record);
        this.#listeners.add(listener);
        return Promise.resolve();
      },
      readToEnd: () => Promise.resolve(),
      write: (key, value) => {
        if (this.writeError) return Promise.reject(this.writeError);
        const before = this.beforeWrite;
        this.beforeWrite = () => undefined;
        before();
        this.append({ key, value });
        return Promise.resolve();
      },
      close: () => {
        this.#listeners.delete(listener);
        return Promise.resolve();
      },
    };
  }
}

/** A process of the cluster, and the tasks that it made, by their connector, the last one last. */
export interface FakeProcess {
  readonly worker: DistributedWorker;
  readonly tasks: Map<string, FakeTask[]>;
  readonly logger: RecordingLogger;
  readonly failures: Error[];
  /** What loggers were set to. */
  readonly levels: readonly string[];
  /** It is gone, and could tell nobody. */
  die(): void;
}

/** Workers that share two topics and a group; tasks and Kafka are fakes, everything between is real. */
export class FakeCluster {
  readonly configs = new SharedLog();
  readonly statuses = new SharedLog();
  readonly group = new FakeGroupOffsets([]);
  /** Files by their paths, the same on every machine. */
  readonly files = new Map<string, string>();
  #made = 0;
  readonly #members = new Map<string, { readonly process: WorkerProcess; readonly listener: ProcessGroupListener }>();

  constructor(records: Readonly<Record<string, unknown>> = {}) {
    for (const [key, value] of Object.entries(records)) this.configs.append({ key, value: JSON.stringify(value) });
  }

  /** A started worker. */
  async add(workerId: string): Promise<FakeProcess> {
    const process = this.create(workerId);
    await process.worker.start();
    return process;
  }

  create(workerId: string): FakeProcess {
    const key = `${workerId}/${++this.#made}`;
    const tasks = new Map<string, FakeTask[]>();
    const logger = new RecordingLogger();
    const failures: Error[] = [];
    const levels: string[] = [];
    const worker = new DistributedWorker({
      id: () => workerId,
      version: '0.1.0',
      configs: connectorConfigs((path) => {
        const text = this.files.get(path);
        return text === undefined ? Promise.reject(new Error('there is no such file')) : Promise.resolve(text);
      }),
      createTask: ({ name }, id) => {
        const task = new FakeTask(id);
        tasks.set(name, [...(tasks.get(name) ?? []), task]);
        return task;
      },
      offsets: new ConnectorOffsets({ openGroup: () => this.group }),
      loggerOf: () => logger,
      logger,
      configTopic: (listener) => this.configs.topic(listener),
      statusTopic: (listener) => this.statuses.topic(listener),
      group: (listener) => {
        const self = { key, workerId };
        return {
          self,
          join: () => {
            this.#members.set(self.key, { process: self, listener });
            this.#tell();
            return Promise.resolve();
          },
          leave: () => {
            this.#remove(self.key);
            return Promise.resolve();
          },
        };
      },
      onLevel: (namespace, level) => levels.push(`${namespace}=${level}`),
      onFailed: (error) => failures.push(error),
    });
    onTestFinished(async () => {
      await worker.close();
    });
    return { worker, tasks, logger, failures, levels, die: () => this.#remove(key) };
  }

  #remove(key: string): void {
    this.#members.delete(key);
    this.#tell();
  }

  #tell(): void {
    const all = [...this.#members.values()];
    for (const { listener } of all) listener.workers(all.map(({ process }) => process));
  }
}
