import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  configRecord,
  readConfigRecord,
  restartRecord,
  targetRecord,
  tasksRecord,
  type Written,
} from '../../../../src/control/distributed/config-records.ts';

describe('records of the config topic', () => {
  it.each([
    [configRecord('a-b', new Map([['topics', 'é"']])), 'connector-a-b', '{"properties":{"topics":"é\\""}}'],
    [configRecord('a', undefined), 'connector-a', undefined],
    [targetRecord('a', 'RUNNING'), 'target-state-a', '{"state":"STARTED","state.v2":"STARTED"}'],
    [targetRecord('a', 'PAUSED'), 'target-state-a', '{"state":"PAUSED","state.v2":"PAUSED"}'],
    [targetRecord('a', 'STOPPED'), 'target-state-a', '{"state":"PAUSED","state.v2":"STOPPED"}'],
    [targetRecord('a', undefined), 'target-state-a', undefined],
    [tasksRecord('a', 0), 'commit-a', '{"tasks":0}'],
    [
      restartRecord('a', { includeTasks: true, onlyFailed: false }),
      'restart-connector-a',
      '{"include-tasks":true,"only-failed":false}',
    ],
  ])('are written as Kafka Connect writes them: %o', (record, key, value) => expect(record).toEqual({ key, value }));

  it.each([
    [configRecord('a', new Map([['x', '1']])), { kind: 'config', name: 'a', config: new Map([['x', '1']]) }],
    [configRecord('a', undefined), { kind: 'config', name: 'a', config: undefined }],
    [targetRecord('a', 'STOPPED'), { kind: 'target', name: 'a', target: 'STOPPED' }],
    [targetRecord('a', 'RUNNING'), { kind: 'target', name: 'a', target: 'RUNNING' }],
    [
      { key: 'target-state-a', value: '{"state":"PAUSED"}' },
      { kind: 'target', name: 'a', target: 'PAUSED' },
    ],
    [
      { key: 'target-state-a', value: undefined },
      { kind: 'target', name: 'a', target: undefined },
    ],
    [
      { key: 'commit-a', value: '{"tasks":2}' },
      { kind: 'tasks', name: 'a', count: 2 },
    ],
    [
      restartRecord('a', { includeTasks: true, onlyFailed: true }, 1),
      { kind: 'restart', name: 'a', plan: { includeTasks: true, onlyFailed: true }, task: 1 },
    ],
    [{ key: 'session-key', value: '{"key":"x"}' }, { kind: 'other' }],
    [{ key: 'task-a-0', value: '{"properties":{}}' }, { kind: 'other' }],
    [
      { key: 'logger-cluster-x.y', value: '{"level":"DEBUG"}' },
      { kind: 'level', namespace: 'x.y', level: 'DEBUG' },
    ],
    [{ key: 'logger-cluster-x', value: undefined }, { kind: 'other' }],
    [
      { key: 'connector-a', value: '{' },
      { kind: 'unreadable', reason: 'it is not JSON' },
    ],
  ])('are read: %o', (record, expected) => expect(readConfigRecord(record)).toEqual(expected));

  it('that a Kafka Connect 4.3.1 wrote are understood, and written the same', async () => {
    const file = join(import.meta.dirname, '../../../vectors/connect-config-topic-4.3.1.json');
    const records = JSON.parse(await readFile(file, 'utf8')) as Written[];
    const read = records.map(readConfigRecord);
    const kinds = read.map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['other', 'config', 'target', 'tasks']));
    for (const [index, record] of records.entries()) {
      const one = read[index];
      if (one?.kind === 'config') expect(configRecord(one.name, one.config)).toEqual(record);
      if (one?.kind === 'target') expect(targetRecord(one.name, one.target)).toEqual(record);
      if (one?.kind === 'tasks') expect(tasksRecord(one.name, one.count)).toEqual(record);
    }
  });

  it('of another shape are unreadable, with the place', () =>
    expect(readConfigRecord({ key: 'connector-a', value: '{"properties":{"x":1}}' })).toEqual({
      kind: 'unreadable',
      reason: expect.stringContaining('properties.x') as string,
    }));
});
