import { describe, expect, it } from 'vitest';
import { type LabelState } from '../../../src/core/load-decisions.ts';
import { StarRocksInterruptedLoads } from '../../../src/sinks/starrocks/interrupted-loads.ts';
import { TransactionalLoad } from '../../../src/sinks/starrocks/transactional-load.ts';
import { FakeTransactionClient } from '../../support/fake-transaction-client.ts';

const load = { label: 'l1', database: 'yesterday', table: 'old' };
const live = new AbortController().signal;

/** A StarRocks in which the load is in a state until it is committed or rolled back. */
function interruptedLoads(first: LabelState): { loads: StarRocksInterruptedLoads; asked: string[] } {
  const asked: string[] = [];
  let state = first;
  const loads = new StarRocksInterruptedLoads((database, table) => {
    const where = `${database}.${table}`;
    return new TransactionalLoad({
      table,
      client: new FakeTransactionClient(({ operation, label }) => {
        asked.push(`${operation} ${where} ${label}`);
        if (state === 'PREPARED') state = operation === 'commit' ? 'VISIBLE' : 'ABORTED';
        return Promise.resolve({ verdict: 'done', message: 'OK' });
      }),
      labelState: (label) => {
        asked.push(`state of ${where} ${label}`);
        return Promise.resolve(state);
      },
    });
  });
  return { loads, asked };
}

describe('StarRocksInterruptedLoads', () => {
  it('asks for the state in the database into which the load went', async () => {
    const { loads, asked } = interruptedLoads('PREPARED');
    await expect(loads.stateOf(load, live)).resolves.toBe('PREPARED');
    expect(asked).toEqual(['state of yesterday.old l1']);
  });

  it('commits a load there', async () => {
    const { loads, asked } = interruptedLoads('PREPARED');
    await expect(loads.commit(load, live)).resolves.toBe('committed');
    expect(asked).toEqual(['commit yesterday.old l1']);
  });

  it('rolls a load back there, and looks whether it is gone', async () => {
    const { loads, asked } = interruptedLoads('PREPARED');
    await expect(loads.rollBack(load, live)).resolves.toBe('gone');
    expect(asked).toEqual(['rollback yesterday.old l1', 'state of yesterday.old l1']);
  });

  it('says that it is too late to roll back', async () => {
    const { loads } = interruptedLoads('VISIBLE');
    await expect(loads.rollBack(load, live)).resolves.toBe('committed');
  });

  it('gives up with the signal', async () => {
    const { loads, asked } = interruptedLoads('PREPARE');
    const abort = new AbortController();
    const ending = loads.rollBack(load, abort.signal);
    const reason = new Error('taken away');
    abort.abort(reason);
    // Its state stays PREPARE, so only the signal ends the wait.
    await expect(ending).rejects.toBe(reason);
    expect(asked).toEqual(['rollback yesterday.old l1', 'state of yesterday.old l1']);
  });
});
