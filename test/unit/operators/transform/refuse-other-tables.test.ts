import { describe, expect, it } from 'vitest';
import { RecordError } from '../../../../src/core/errors.ts';
import { type RawValue } from '../../../../src/core/record-batch.ts';
import { refuseOtherTables } from '../../../../src/operators/transform/refuse-other-tables.ts';
import { toConnectRecords } from '../../../../src/operators/transform/to-connect-records.ts';
import { createTransformChain } from '../../../../src/operators/transform/transform-chain.ts';
import { transformRecords } from '../../../../src/operators/transform/transform-records.ts';
import { batchOf, utf8, valuesOf } from '../../../support/records.ts';
import { through } from '../../../support/through.ts';

// Tombstones go elsewhere.
const ROUTE = createTransformChain({
  transforms: 'route',
  'transforms.route.type': 'RegexRouter',
  'transforms.route.regex': '.*',
  'transforms.route.replacement': 'deleted',
  'transforms.route.predicate': 'isTombstone',
  predicates: 'isTombstone',
  'predicates.isTombstone.type': 'RecordIsTombstone',
});
const REASON =
  "the transforms send it to the topic deleted and so to the table t_deleted, but the partition is loaded into t_orders. A partition's records can go to another table only all together, by the name of their topic";

const records = [1, null, 2].map((value) => ({ schema: null, value }));
const routed = through(batchOf(records), toConnectRecords()).then((batch) => through(batch, transformRecords(ROUTE)));

describe('refuseOtherTables', () => {
  it('sets records apart that the transforms send to another table', async () => {
    const source = batchOf<RawValue>([utf8('1'), null, utf8('2')]).records;
    const batch = { ...(await routed), failed: [], source };
    const { records: left, failed } = await through(
      batch,
      refuseOtherTables('t_orders', (topic) => `t_${topic}`),
    );
    expect(valuesOf({ ...batch, records: left }).map(({ value }) => value)).toEqual([1, 2]);
    expect(failed).toMatchObject([{ record: { offset: 1 }, stage: 'TASK_PUT', error: { reason: REASON } }]);
  });

  it('is an error of the stream where nothing is set apart', async () => {
    const passing = through(
      await routed,
      refuseOtherTables('t_orders', (topic) => `t_${topic}`),
    );
    await expect(passing).rejects.toThrow(new RecordError({ topic: 'orders', partition: 0, offset: 1 }, REASON));
  });

  it('lets records pass whose topics have the same table', async () => {
    const batch = await through(
      await routed,
      refuseOtherTables('one', () => 'one'),
    );
    expect(batch.records.length).toBe(3);
  });
});
