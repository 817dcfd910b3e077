import { describe, expect, it } from 'vitest';
import { type ConnectorStatus } from '../../../../src/control/connectors.ts';
import { verdictOf } from '../../../../src/control/dashboard/verdict.ts';
import { type PartitionReport, type TaskReport } from '../../../../src/core/task-report.ts';
import { tableReport, taskReport } from '../../../support/task-report.ts';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;

function status(target: string, state?: string, trace?: string): ConnectorStatus {
  const info = { worker_id: 'w', version: '1' };
  return {
    name: 'a',
    type: 'sink',
    connector: { state: target, ...info },
    tasks: state === undefined ? [] : [{ id: 0, state, ...info, ...(trace !== undefined && { trace }) }],
  };
}

const running = status('RUNNING', 'RUNNING');

const partition = (more: Partial<PartitionReport> = {}): PartitionReport => ({
  topic: 'orders',
  partition: 0,
  table: 't',
  position: 10,
  end: 10,
  inFlightBytes: 0,
  pauses: [],
  ...more,
});

const report = (more: Partial<TaskReport>): TaskReport[] => [taskReport({ lastProgress: NOW, ...more })];

describe('a connector', () => {
  it('is running while nothing is wrong', () => {
    expect(verdictOf(running, report({ tables: [tableReport({})], partitions: [partition()] }), NOW)).toEqual({
      health: 'running',
      reasons: [],
    });
  });

  it('has failed with its task, and says why without the Java class', () => {
    const failed = status(
      'RUNNING',
      'FAILED',
      'org.apache.kafka.connect.errors.ConnectException: Kafka does not answer.',
    );
    expect(verdictOf(failed, [], NOW)).toEqual({ health: 'failed', reasons: ['Kafka does not answer.'] });
  });

  it('is blocked by a table that has stopped, in the words of StarRocks; lesser troubles are left out', () => {
    const tables = [
      tableReport({ table: 'a', trouble: { since: NOW, message: 'no FE answers' } }),
      tableReport({ table: 'b', stopped: { since: NOW, message: 'too long' } }),
    ];
    expect(verdictOf(running, report({ tables }), NOW)).toEqual({
      health: 'blocked',
      reasons: ['Loading into b has stopped. too long'],
    });
  });

  it('struggles while loads fail', () => {
    const tables = [tableReport({ trouble: { since: NOW, message: 'no FE answers' } })];
    expect(verdictOf(running, report({ tables }), NOW)).toEqual({
      health: 'struggling',
      reasons: ['Loads into t fail. no FE answers'],
    });
  });

  it('struggles when records wait and none moves for a minute longer than a batch may wait', () => {
    const stalled = (ms: number): TaskReport[] =>
      report({ partitions: [partition({ end: 17 })], lastProgress: NOW - ms });
    expect(verdictOf(running, stalled(MINUTE + 1_000), NOW).health).toBe('running');
    expect(verdictOf(running, stalled(MINUTE + 1_001), NOW)).toEqual({
      health: 'struggling',
      reasons: ['7 records wait in Kafka, and none of them was loaded for 61 s.'],
    });
  });

  it('is slow while the budget keeps partitions from being fetched', () => {
    const partitions = [partition(), partition({ partition: 1, pauses: ['budget'] })];
    expect(verdictOf(running, report({ partitions }), NOW)).toEqual({
      health: 'slow',
      reasons: ['1 of 2 partitions wait for StarRocks: as much of them is in flight as the budget allows.'],
    });
  });

  it.each([
    ['its task is made', status('RUNNING', 'UNASSIGNED'), []],
    ['its task is restarted', status('RUNNING', 'RESTARTING'), []],
    ['its task has not joined its group', running, report({ assigned: false })],
  ])('is starting while %s', (_, given, doing) => {
    expect(verdictOf(given, doing, NOW)).toEqual({ health: 'starting', reasons: [] });
  });

  it('says once what two of its tasks say of one table, and counts their partitions together', () => {
    const troubled = report({ tables: [tableReport({ trouble: { since: NOW, message: 'no FE answers' } })] });
    expect(verdictOf(running, [...troubled, ...troubled], NOW).reasons).toEqual(['Loads into t fail. no FE answers']);
    const waiting = report({ partitions: [partition({ pauses: ['budget'] })] });
    const flowing = report({ partitions: [partition({ partition: 1 })] });
    expect(verdictOf(running, [...waiting, ...flowing], NOW).reasons).toEqual([
      '1 of 2 partitions wait for StarRocks: as much of them is in flight as the budget allows.',
    ]);
  });

  it('struggles when one of its tasks is stalled, whatever the others load', () => {
    const stalled = report({ partitions: [partition({ end: 17 })], lastProgress: NOW - 2 * MINUTE });
    const flowing = report({ partitions: [partition({ partition: 1, end: 500 })] });
    expect(verdictOf(running, [...flowing, ...stalled], NOW).reasons).toEqual([
      '7 records wait in Kafka, and none of them was loaded for 120 s.',
    ]);
  });

  it.each([
    ['PAUSED', 'PAUSED', 'paused'],
    ['STOPPED', undefined, 'stopped'],
  ])('that is %s by a person has nothing to catch up with', (target, state, health) => {
    const waiting = report({ partitions: [partition({ end: 1_000 })], lastProgress: NOW - 10 * MINUTE });
    expect(verdictOf(status(target, state), waiting, NOW)).toEqual({ health, reasons: [] });
  });

  it('that is paused still says that a table has stopped', () => {
    const tables = [tableReport({ stopped: { since: NOW, message: 'too long' } })];
    expect(verdictOf(status('PAUSED', 'PAUSED'), report({ tables }), NOW).health).toBe('blocked');
  });
});
