import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PipelineConfig } from '../../../src/config/model.ts';
import { Connector } from '../../../src/control/connector.ts';
import { type TargetState } from '../../../src/control/task-runner.ts';
import { Deferred } from '../../../src/core/deferred.ts';
import { ConfigError, TaskCrashError, UnavailableError } from '../../../src/core/errors.ts';
import { FakeTask } from '../../support/fake-task.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { taskReport } from '../../support/task-report.ts';

const config = { given: new Map([['name', 'orders']]), pipeline: { name: 'orders' } as PipelineConfig };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function create(
  target: TargetState = 'RUNNING',
  numbers: readonly number[] = [0],
): {
  connector: Connector;
  tasks: FakeTask[];
  logger: RecordingLogger;
  prepare: (how: (task: FakeTask) => void) => void;
} {
  const tasks: FakeTask[] = [];
  const logger = new RecordingLogger();
  let next: (task: FakeTask) => void = () => undefined;
  const connector = new Connector({
    config,
    target,
    tasks: numbers,
    restartsAfter: (error) => error instanceof UnavailableError || error instanceof TaskCrashError,
    after: Promise.resolve(),
    logger,
    createTask(_, id) {
      const task = new FakeTask(id);
      next(task);
      tasks.push(task);
      return task;
    },
  });
  return { connector, tasks, logger, prepare: (how) => (next = how) };
}

const states = ({ tasks }: Connector): string[] => tasks.map(({ state }) => state);
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('a connector', () => {
  it('is UNASSIGNED while its task starts, and RUNNING then', async () => {
    const { connector, prepare } = create();
    const joined = new Deferred<void>();
    prepare((task) => task.holds.set('start', joined.promise));
    const started = connector.start();
    await settled();
    expect(states(connector)).toEqual(['UNASSIGNED']);
    joined.resolve();
    await started;
    expect(states(connector)).toEqual(['RUNNING']);
  });

  it('is FAILED with the reason when its task cannot start, which the caller hears too; nobody restarts it', async () => {
    const { connector, tasks, prepare } = create();
    const error = new ConfigError(['The table orders is missing.']);
    prepare((task) => (task.startError = error));
    await expect(connector.start()).rejects.toBe(error);
    expect(connector.tasks).toEqual([{ id: 0, state: 'FAILED', failure: error }]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(tasks).toHaveLength(1);
    expect(tasks[0]?.calls).toEqual(['start', 'stop']);
  });

  it('starts a task again by itself that failed because something did not answer, after growing pauses', async () => {
    const { connector, tasks, prepare } = create();
    prepare((task) => (task.startError = new UnavailableError('Kafka cannot be reached.')));
    await expect(connector.start()).rejects.toThrow('Kafka cannot be reached.');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tasks.length).toBeGreaterThan(3);
    prepare(() => undefined);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states(connector)).toEqual(['RUNNING']);
    const made = tasks.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(tasks).toHaveLength(made);
  });

  it('does not start a failed task again once it is stopped', async () => {
    const { connector, tasks, prepare } = create();
    prepare((task) => (task.startError = new UnavailableError('Kafka cannot be reached.')));
    await expect(connector.start()).rejects.toThrow();
    await connector.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(tasks).toHaveLength(1);
    expect(states(connector)).toEqual([]);
  });

  it('is FAILED when its running task ends; a resume does not mend that, a restart does', async () => {
    const { connector, tasks } = create();
    await connector.start();
    tasks[0]?.fail(new Error('over'));
    await settled();
    expect(states(connector)).toEqual(['FAILED']);
    await connector.aim('RUNNING');
    expect(states(connector)).toEqual(['FAILED']);
    await connector.restart();
    expect(states(connector)).toEqual(['RUNNING']);
    expect(tasks).toHaveLength(2);
  });

  it('is PAUSED once its task says so, and goes on with the same one', async () => {
    const { connector, tasks } = create();
    await connector.start();
    const drained = new Deferred<void>();
    tasks[0]?.holds.set('pause', drained.promise);
    const paused = connector.aim('PAUSED');
    await settled();
    expect(states(connector)).toEqual(['RUNNING']);
    drained.resolve();
    await paused;
    expect(states(connector)).toEqual(['PAUSED']);
    await connector.aim('RUNNING');
    expect(states(connector)).toEqual(['RUNNING']);
    expect(tasks.map(({ calls }) => calls)).toEqual([['start', 'pause', 'resume']]);
  });

  it('has no task while it is stopped, and a new one when it is resumed', async () => {
    const { connector, tasks } = create();
    await connector.start();
    await connector.stop();
    expect(states(connector)).toEqual([]);
    await connector.aim('RUNNING');
    expect(states(connector)).toEqual(['RUNNING']);
    expect(tasks.map(({ calls }) => calls)).toEqual([['start', 'stop', 'stop'], ['start']]);
  });

  it.each(['PAUSED', 'STOPPED'] as const)('that is made %s has no task before it is resumed', async (target) => {
    const { connector, tasks } = create(target);
    await connector.start();
    expect(tasks).toEqual([]);
    await connector.aim('RUNNING');
    expect(states(connector)).toEqual(['RUNNING']);
  });

  it('that is restarted while it is paused starts paused: nothing is loaded in between', async () => {
    const { connector, tasks } = create();
    await connector.start();
    await connector.aim('PAUSED');
    await connector.restart();
    expect(states(connector)).toEqual(['PAUSED']);
    expect(tasks[1]?.calls).toEqual(['pause', 'start']);
  });

  it('is RESTARTING until the old task has ended, and has one task at a time', async () => {
    const { connector, tasks } = create();
    await connector.start();
    const drained = new Deferred<void>();
    tasks[0]?.holds.set('stop', drained.promise);
    const restarted = connector.configure({ ...config, given: new Map([['name', 'other']]) }, [0]);
    await settled();
    expect(states(connector)).toEqual(['RESTARTING']);
    expect(tasks).toHaveLength(1);
    drained.resolve();
    await restarted;
    expect(states(connector)).toEqual(['RUNNING']);
    expect(connector.config.given.get('name')).toBe('other');
  });

  it('is stopped also while its task waits for Kafka without end', async () => {
    const { connector, tasks, prepare } = create();
    prepare((task) => task.holds.set('start', new Promise(() => undefined)));
    void connector.start();
    await settled();
    await connector.stop();
    expect(tasks[0]?.calls).toEqual(['start', 'stop', 'stop']);
    expect(states(connector)).toEqual([]);
  });

  it('ends as it was told last when it is told many things at once', async () => {
    const { connector, tasks } = create();
    void connector.start();
    void connector.aim('PAUSED');
    void connector.stop();
    void connector.aim('RUNNING');
    void connector.restart();
    void connector.aim('PAUSED');
    await connector.aim('RUNNING');
    expect(states(connector)).toEqual(['RUNNING']);
    expect(tasks.filter(({ calls }) => !calls.includes('stop'))).toHaveLength(1);
  });

  it('says what it could not load when it was stopped', async () => {
    const { connector, tasks } = create();
    await connector.start();
    const left = new UnavailableError('Not everything that was read could be loaded.');
    const ending = new Deferred<void>();
    tasks[0]?.holds.set('stop', ending.promise);
    const stopped = connector.stop();
    tasks[0]?.fail(left);
    ending.resolve();
    await stopped;
    expect(connector.unfinished).toEqual([left]);
    expect(connector.tasks).toEqual([]);
  });

  it('remembers the topics of earlier tasks until it is told to forget them', async () => {
    const { connector, tasks } = create();
    await connector.start();
    tasks[0]?.topics.add('b');
    await connector.restart();
    tasks[1]?.topics.add('a');
    expect(connector.topics).toEqual(['a', 'b']);
    connector.resetTopics();
    expect(connector.topics).toEqual([]);
  });

  it('lets work go on undisturbed that its task must be away for, and tells its failure to the caller alone', async () => {
    const { connector } = create();
    await connector.start();
    await connector.stop();
    const work = new Deferred<void>();
    const altered = connector.undisturbed(() => work.promise);
    const resumed = connector.aim('RUNNING');
    await settled();
    expect(states(connector)).toEqual([]);
    work.reject(new Error('no'));
    await expect(altered).rejects.toThrow('no');
    await resumed;
    expect(states(connector)).toEqual(['RUNNING']);
  });

  it('starts a task anew whose thread has crashed, after pauses that grow until it runs for a minute', async () => {
    const { connector, tasks } = create();
    await connector.start();
    const crash = async (): Promise<void> => {
      tasks.at(-1)?.fail(new TaskCrashError('The thread has ended.'));
      await settled();
      expect(states(connector)).toEqual(['FAILED']);
    };
    for (const made of [2, 3, 4, 5]) {
      await crash();
      await vi.advanceTimersByTimeAsync(200 * 2 ** (made - 2));
      expect(tasks).toHaveLength(made);
    }
    await crash();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tasks).toHaveLength(5);
    await vi.advanceTimersByTimeAsync(70_000);
    expect(states(connector)).toEqual(['RUNNING']);
    await crash();
    await vi.advanceTimersByTimeAsync(200);
    expect(states(connector)).toEqual(['RUNNING']);
  });
});

/** States of a connector's tasks by their numbers. */
const byNumber = ({ tasks }: Connector): string[] => tasks.map(({ id, state }) => `${id} ${state}`);

describe('a connector of several tasks', () => {
  it('goes on with the others while one has failed, which is restarted by itself or with those that have failed', async () => {
    const { connector, tasks } = create('RUNNING', [0, 1, 2]);
    await connector.start();
    tasks[1]?.fail(new Error('over'));
    await settled();
    expect(byNumber(connector)).toEqual(['0 RUNNING', '1 FAILED', '2 RUNNING']);
    expect(connector.hasEnded).toBe(false);
    await connector.restart({ onlyFailed: true });
    await connector.restart({ task: 2 });
    expect(byNumber(connector)).toEqual(['0 RUNNING', '1 RUNNING', '2 RUNNING']);
    expect(tasks.map(({ id, calls }) => `${id} ${calls.join()}`)).toEqual([
      '0 start',
      '1 start,stop',
      '2 start,stop,stop',
      '1 start',
      '2 start',
    ]);
  });

  it('has ended when all of them have failed for good', async () => {
    const { connector, tasks } = create('RUNNING', [0, 1]);
    await connector.start();
    for (const task of tasks) task.fail(new Error('over'));
    await settled();
    expect(connector.hasEnded).toBe(true);
  });

  it('rejects its start with what keeps one from starting, when all have tried', async () => {
    const { connector, prepare } = create('RUNNING', [0, 1]);
    prepare((task) => (task.startError = task.id === 1 ? new ConfigError(['No table.']) : undefined));
    await expect(connector.start()).rejects.toThrow('No table.');
    expect(byNumber(connector)).toEqual(['0 RUNNING', '1 FAILED']);
  });

  it('ends those that went elsewhere and starts those that came; one that comes back waits for its end', async () => {
    const { connector, tasks } = create('RUNNING', [0, 1]);
    await connector.start();
    const drained = new Deferred<void>();
    tasks[1]?.holds.set('stop', drained.promise);
    await connector.assign([0, 2]);
    expect(byNumber(connector)).toEqual(['0 RUNNING', '2 RUNNING']);
    const back = connector.assign([0, 1]);
    await settled();
    expect(byNumber(connector)).toEqual(['0 RUNNING', '1 UNASSIGNED']);
    expect(tasks.map(({ id }) => id)).toEqual([0, 1, 2]);
    drained.resolve();
    await back;
    expect(byNumber(connector)).toEqual(['0 RUNNING', '1 RUNNING']);
    expect(tasks.map(({ id, calls }) => `${id} ${calls[0] ?? ''}`)).toEqual([
      '0 start',
      '1 start',
      '2 start',
      '1 start',
    ]);
    expect(tasks[0]?.calls).toEqual(['start']);
  });

  it('that is paused gets more tasks that are paused; one that was made so has none until it is resumed', async () => {
    const { connector } = create();
    await connector.start();
    await connector.aim('PAUSED');
    await connector.configure(config, [0, 1]);
    expect(byNumber(connector)).toEqual(['0 PAUSED', '1 PAUSED']);
    const { connector: idle, tasks } = create('PAUSED');
    await idle.start();
    await idle.configure(config, [0, 1]);
    expect([byNumber(idle), tasks]).toEqual([[], []]);
    await idle.aim('RUNNING');
    expect(byNumber(idle)).toEqual(['0 RUNNING', '1 RUNNING']);
  });

  it('does not start a task that comes while something must go on undisturbed', async () => {
    const { connector, tasks } = create('STOPPED', [0]);
    await connector.start();
    const work = new Deferred<void>();
    const altered = connector.undisturbed(() => work.promise);
    void connector.aim('RUNNING');
    void connector.assign([0, 1]);
    await settled();
    expect(tasks).toEqual([]);
    work.resolve();
    await altered;
    await settled();
    expect(byNumber(connector)).toEqual(['0 RUNNING', '1 RUNNING']);
  });

  it('tells what its tasks are doing, and of those that have failed only when none runs', async () => {
    const { connector, tasks } = create('RUNNING', [0, 1]);
    await connector.start();
    for (const task of tasks) task.reported = taskReport({ rows: task.id + 1 });
    tasks[0]?.fail(new Error('over'));
    await settled();
    expect(connector.reports.map(({ rows }) => rows)).toEqual([2]);
    tasks[1]?.fail(new Error('over'));
    await settled();
    expect(connector.reports.map(({ rows }) => rows)).toEqual([1, 2]);
  });
});
