import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../src/control/metrics.ts';
import { type TaskSnapshot } from '../../../src/core/task-snapshot.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeTask } from '../../support/fake-task.ts';
import { taskCounts, taskReport } from '../../support/task-report.ts';

/** A task that has done something. */
class BusyTask extends FakeTask {
  readonly lagMs = 250;

  override snapshot(): TaskSnapshot {
    const counts = taskCounts({
      commits: 5,
      batches: { age: 2 },
      retries: [{ table: 't', cause: 'unreachable', count: 3 }],
      transactions: { 'rolled back': 1 },
    });
    return { ...super.snapshot(), counts };
  }
}

/** The lines of our own metrics that have something to say. */
async function lines(metrics: Metrics): Promise<string[]> {
  return (await metrics.text()).split('\n').filter((line) => line.startsWith('tributary_'));
}

describe('metrics', () => {
  it('keep the tasks of one connector apart, so that one that begins anew takes nothing from the others', async () => {
    const metrics = new Metrics();
    const [one, two] = [new BusyTask(0), new BusyTask(1)];
    for (const task of [one, two]) metrics.add({ connector: 'orders', task: task.id }, task);
    const told = await lines(metrics);
    for (const task of [0, 1]) {
      const name = `connector="orders",task="${task}"`;
      expect(told).toEqual(
        expect.arrayContaining([
          `tributary_commits_total{result="done",${name}} 5`,
          `tributary_batches_total{reason="age",${name}} 2`,
          `tributary_load_retries_total{table="t",cause="unreachable",${name}} 3`,
          `tributary_transactions_total{outcome="rolled_back",${name}} 1`,
          `tributary_task_event_loop_lag_seconds{${name}} 0.25`,
        ]),
      );
    }
    await one.stop();
    await eventually(async () => expect((await lines(metrics)).join('\n')).not.toContain('task="0"'));
    expect(await lines(metrics)).toContain('tributary_commits_total{result="done",connector="orders",task="1"} 5');
  });

  it('tell what keeps rows from a table', async () => {
    const metrics = new Metrics();
    const task = new FakeTask();
    const table = { rows: 0, underway: 0, waitingBytes: 0, retries: 0, loads: [] };
    task.reported = taskReport({
      inFlight: { bytes: 7, limit: 9 },
      tables: [
        { ...table, table: 'a', stopped: { since: 0, message: 'too long' } },
        { ...table, table: 'b', trouble: { since: Date.now() - 90_000, message: 'no FE answers' } },
      ],
      partitions: [
        { topic: 'o', partition: 3, table: 'a', position: 5, end: 12, inFlightBytes: 0, pauses: ['stopped', 'budget'] },
      ],
    });
    metrics.add({ connector: 'c', task: 0 }, task);
    const told = await lines(metrics);
    expect(told).toEqual(
      expect.arrayContaining([
        'tributary_table_stopped{table="a",connector="c",task="0"} 1',
        'tributary_partition_lag_records{topic="o",partition="3",connector="c",task="0"} 7',
        'tributary_partition_paused{topic="o",partition="3",reason="stopped",connector="c",task="0"} 1',
        'tributary_partition_paused{topic="o",partition="3",reason="budget",connector="c",task="0"} 1',
        'tributary_in_flight_bytes{connector="c",task="0"} 7',
        'tributary_in_flight_limit_bytes{connector="c",task="0"} 9',
      ]),
    );
    const trouble = told.find((line) => line.startsWith('tributary_table_trouble_seconds{table="b"'));
    expect(Number(trouble?.split(' ')[1])).toBeGreaterThanOrEqual(90);
    expect(told.filter((line) => line.startsWith('tributary_task_event_loop_lag_seconds{'))).toEqual([]);
  });

  it('count loads on when a task was started anew', async () => {
    const metrics = new Metrics();
    for (const rows of [3, 4]) {
      const task = new FakeTask();
      metrics.add({ connector: 'c', task: 0 }, task);
      task.loaded({ table: 't', rows, filtered: 1, bytes: 10, ms: 20 });
      await task.stop();
      await task.done;
    }
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'tributary_rows_loaded_total{connector="c",task="0",table="t"} 5',
        'tributary_rows_filtered_total{connector="c",task="0",table="t"} 2',
        'tributary_load_duration_seconds_count{connector="c",task="0",table="t"} 2',
      ]),
    );
  });
});
