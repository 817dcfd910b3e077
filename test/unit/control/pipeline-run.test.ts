import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PipelineConfig } from '../../../src/config/model.ts';
import { PipelineRun } from '../../../src/control/pipeline-run.ts';
import { Deferred } from '../../../src/core/deferred.ts';
import { ConfigError, TaskCrashError, UnavailableError } from '../../../src/core/errors.ts';
import { FakeTask } from '../../support/fake-task.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const configs = ['a', 'b'].map((name) => ({ name, tasksMax: 2 }) as PipelineConfig);

function create(): {
  run: PipelineRun;
  tasks: FakeTask[];
  hasEnded: () => boolean;
  /** Keeps the tasks of a pipeline from joining their group until that is settled. */
  hold: (pipeline: string) => Deferred<void>;
} {
  const tasks: FakeTask[] = [];
  const holds = new Map<string, Promise<void>>();
  const logger = new RecordingLogger();
  const run = new PipelineRun({
    createTask({ name }, id) {
      const task = new FakeTask(id);
      task.holds.set('start', holds.get(name) ?? Promise.resolve());
      tasks.push(task);
      return task;
    },
    loggerOf: () => logger,
  });
  let ended = false;
  void run.ended.then(() => (ended = true));
  const hold = (pipeline: string): Deferred<void> => {
    const held = new Deferred<void>();
    holds.set(pipeline, held.promise);
    return held;
  };
  return { run, tasks, hasEnded: () => ended, hold };
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('pipelines on their own', () => {
  it('go on until every task of them has failed for good, and say why', async () => {
    const { run, tasks, hasEnded } = create();
    await run.start(configs);
    expect(tasks.map(({ id }) => id)).toEqual([0, 1, 0, 1]);
    const reasons = tasks.map((_, index) => new UnavailableError(`Kafka is away (${index}).`));
    for (const [index, task] of tasks.slice(1).entries()) task.fail(reasons[index + 1] ?? new Error());
    await vi.advanceTimersByTimeAsync(600_000);
    expect([hasEnded(), tasks.length]).toEqual([false, 4]);
    tasks[0]?.fail(reasons[0] ?? new Error());
    await settled();
    expect(hasEnded()).toBe(true);
    expect(await run.close()).toEqual(reasons);
  });

  it('go on when the first has failed while the second still starts', async () => {
    const { run, tasks, hasEnded, hold } = create();
    const joined = hold('b');
    const started = run.start(configs);
    await settled();
    for (const task of tasks.slice(0, 2)) task.fail(new Error('over'));
    await settled();
    joined.resolve();
    await started;
    await settled();
    expect(hasEnded()).toBe(false);
    await run.close();
  });

  it('have a task anew whose thread has crashed', async () => {
    const { run, tasks, hasEnded } = create();
    await run.start(configs);
    for (const task of [...tasks]) task.fail(new TaskCrashError('The thread has ended.'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hasEnded()).toBe(false);
    expect(tasks).toHaveLength(8);
    expect(await run.close()).toEqual([]);
  });

  it('do not start when one of them cannot', async () => {
    const error = new ConfigError(['No table.']);
    const run = new PipelineRun({
      createTask(_, id) {
        const task = new FakeTask(id);
        task.startError = error;
        return task;
      },
      loggerOf: () => new RecordingLogger(),
    });
    await expect(run.start(configs)).rejects.toBe(error);
    await run.close();
  });
});
