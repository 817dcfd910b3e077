import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type PipelineConfig } from '../../../../src/config/model.ts';
import { TaskThread, type TaskThreadOptions } from '../../../../src/control/threads/task-thread.ts';
import { ConfigError, TaskCrashError, UnavailableError } from '../../../../src/core/errors.ts';
import { type DoneLoad } from '../../../../src/core/task-stats.ts';
import { eventually } from '../../../support/eventually.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { buildThread } from '../../../support/threads/build-thread.ts';

let thread: Awaited<ReturnType<typeof buildThread>>;

beforeAll(async () => {
  thread = await buildThread();
});

afterAll(() => thread.remove());

/** A switch that a test turns. */
class Debug {
  on = false;
  readonly listeners = new Set<() => void>();

  isOn(): boolean {
    return this.on;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  turnOn(): void {
    this.on = true;
    for (const listener of this.listeners) listener();
  }
}

function create(
  name: string,
  more: Partial<TaskThreadOptions> = {},
): { task: TaskThread; logger: RecordingLogger; debug: Debug } {
  const logger = new RecordingLogger();
  const debug = new Debug();
  const config = {
    name,
    shutdownTimeoutMs: 100,
    buffer: { maxBytes: 10 },
    flush: { maxBytes: 5, intervalMs: 1 },
  } as PipelineConfig;
  const task = new TaskThread({ entry: thread.entry, config, task: 2, logger, debug, stopMs: 10_000, ...more });
  onTestFinished(() => task.stop());
  return { task, logger, debug };
}

/** Why a task has ended. */
const reasonOf = (task: TaskThread): Promise<unknown> =>
  task.done.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a task in a thread of its own', () => {
  it('tells what it does and each load, and nothing is left of it when it is stopped', async () => {
    const { task, debug } = create('loads');
    const loads: DoneLoad[] = [];
    task.load$.subscribe({ next: (load) => loads.push(load), error: (error: unknown) => expect.fail(String(error)) });
    expect(task.snapshot().report).toMatchObject({ assigned: false, rows: 0, inFlight: { limit: 10 } });
    await task.start();
    expect(task.snapshot()).toMatchObject({ report: { rows: 7, steps: ['a step'] }, topics: ['orders'] });
    expect(loads.map(({ rows }) => rows)).toEqual([3, 4]);
    task.forgetTopics();
    expect(task.snapshot().topics).toEqual([]);
    await task.pause();
    expect(task.snapshot().topics).toEqual([]);
    await task.resume();
    await task.stop();
    await task.done;
    expect(debug.listeners.size).toBe(0);
  });

  it('is heard of all the time, though it does nothing', async () => {
    const { task } = create('idle');
    await task.start();
    const since = performance.now();
    await eventually(() => expect(performance.now() - since).toBeGreaterThan(1_000));
    await eventually(() => expect(task.lagMs).toBeLessThan(200));
  });

  it('rejects a start with every problem of the configuration, and ends in peace', async () => {
    const { task } = create('cannot start');
    await expect(task.start()).rejects.toEqual(new ConfigError(['No table.', 'No topic.']));
    await task.stop();
    expect(await reasonOf(task)).toBeUndefined();
  });

  it('rejects its start when it cannot be made', async () => {
    const { task } = create('cannot be made');
    await expect(task.start()).rejects.toEqual(new ConfigError(['No such transform.']));
    expect(await reasonOf(task)).toEqual(new ConfigError(['No such transform.']));
  });

  it('fails for what is outside with an error that tells so', async () => {
    const { task } = create('fails');
    await task.start().catch(() => undefined);
    const reason = await reasonOf(task);
    expect(reason).toBeInstanceOf(UnavailableError);
    expect(reason).toHaveProperty('message', 'Kafka is away.');
  });

  it('crashes by an error that nothing caught, which says where it was thrown', async () => {
    const { task } = create('throws');
    await task.start().catch(() => undefined);
    const reason = await reasonOf(task);
    expect(reason).toBeInstanceOf(TaskCrashError);
    expect(reason).toMatchObject({
      message: 'The thread of task 2 has ended by an error that nothing caught: a slip',
      cause: { stack: expect.stringMatching(/TypeError: a slip\n +at .*odd-task\.mjs/) as string },
    });
  });

  it('crashes when something in it ends its process, as far as it knows', async () => {
    const { task } = create('exits');
    await expect(task.start()).rejects.toEqual(
      new TaskCrashError(
        'The thread of task 2 has ended with exit code 3, as when something in it calls process.exit.',
      ),
    );
  });

  it('crashes for want of memory, alone', async () => {
    const { task } = create('grows without end', { resourceLimits: { maxOldGenerationSizeMb: 24 } });
    await expect(task.start()).rejects.toThrow(/^The thread of task 2 ran out of memory\. /);
  });

  it('leaves the main thread free while it is busy without end, says how late it is, and is ended when it does not stop', async () => {
    const { task, logger } = create('loops', { stopMs: 900 });
    void task.start().catch(() => undefined);
    await eventually(() => expect(task.lagMs).toBeGreaterThan(1_000));
    await task.stop();
    const message =
      'Task 2 did not stop within 1000 ms, so its thread was ended. Nothing is lost: what was read and not loaded is read again at the next start.';
    expect(await reasonOf(task)).toEqual(new UnavailableError(message));
    expect(logger.messages('warn')).toEqual([message]);
  });

  it('is ended when it waits for something that never comes, too', async () => {
    const { task } = create('never stops', { stopMs: 200 });
    await task.start();
    await task.stop();
    expect(await reasonOf(task)).toBeInstanceOf(UnavailableError);
  });

  it("writes its log through the main thread's logger, whatever stands in it", async () => {
    const { task, logger, debug } = create('logs');
    await task.start();
    expect(logger.entries).toEqual([
      { level: 'info', message: 'Somebody may know', facts: { task: 2, topic: 'orders', rows: 1 } },
      {
        level: 'warn',
        message: 'A function cannot be sent',
        facts: { task: 2, facts: '{ given: [Function: given] }' },
      },
    ]);
    debug.turnOn();
    await task.start();
    expect(logger.messages('debug')).toEqual(['Nobody need know']);
  });
});
