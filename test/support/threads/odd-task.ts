// What a thread of the tests runs: a task that does as its pipeline's name says, served as the real one is.
import { parentPort, workerData } from 'node:worker_threads';
import { type ThreadData } from '../../../src/control/threads/messages.ts';
import { serveTask } from '../../../src/control/threads/serve-task.ts';
import { ConfigError, UnavailableError } from '../../../src/core/errors.ts';
import { type Logger } from '../../../src/core/logger.ts';
import { FakeTask } from '../fake-task.ts';
import { taskReport } from '../task-report.ts';

const { config, debug, task } = workerData as ThreadData;
if (!parentPort) throw new Error('This module runs in a worker thread.');

class OddTask extends FakeTask {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    super(task);
    this.#logger = logger;
  }

  override async start(): Promise<void> {
    await super.start();
    await ways[config.name]?.(this, this.#logger);
  }

  override async stop(): Promise<void> {
    if (config.name === 'never stops') await new Promise<never>(() => undefined);
    await super.stop();
  }
}

const ways: Readonly<Record<string, (task: OddTask, logger: Logger) => unknown>> = {
  loads(odd) {
    odd.reported = taskReport({ rows: 7, steps: ['a step'] });
    odd.topics.add('orders');
    for (const rows of [3, 4]) odd.loaded({ table: 't', rows, filtered: 0, bytes: 1, ms: 1 });
  },
  'cannot start': () => {
    throw new ConfigError(['No table.', 'No topic.']);
  },
  fails: (odd) => odd.fail(new UnavailableError('Kafka is away.')),
  throws: () =>
    setImmediate(() => {
      throw new TypeError('a slip');
    }),
  exits: () => process.exit(3),
  'grows without end'() {
    const kept: unknown[] = [];
    for (;;) kept.push(Array.from({ length: 10_000 }, Math.random));
  },
  loops() {
    for (;;);
  },
  logs(odd, logger) {
    logger.child({ topic: 'orders' }).debug({}, 'Nobody need know');
    logger.child({ topic: 'orders' }).info({ rows: 1 }, 'Somebody may know');
    logger.warn({ given: () => 1 }, 'A function cannot be sent');
    odd.topics.add('logged');
  },
};

serveTask({
  port: parentPort,
  debug,
  createTask: (logger) =>
    config.name === 'cannot be made'
      ? Promise.reject(new ConfigError(['No such transform.']))
      : Promise.resolve(new OddTask(logger)),
});
