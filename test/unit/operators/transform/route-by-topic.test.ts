import { describe, expect, it } from 'vitest';
import { routeByTopic } from '../../../../src/operators/transform/route-by-topic.ts';
import { toConnectRecords } from '../../../../src/operators/transform/to-connect-records.ts';
import { createTransformChain } from '../../../../src/operators/transform/transform-chain.ts';
import { transformRecords } from '../../../../src/operators/transform/transform-records.ts';
import { batchOf } from '../../../support/records.ts';
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

const records = [1, null, 2].map((value) => ({ schema: null, value }));
const routed = through(batchOf(records), toConnectRecords()).then((batch) => through(batch, transformRecords(ROUTE)));

describe('routeByTopic', () => {
  it('has the records name the table that the transforms send them to, and nobody else', async () => {
    const { records: left } = await through(
      await routed,
      routeByTopic('t_orders', (topic) => `t_${topic}`),
    );
    expect([0, 1, 2].map((index) => left.table?.(index))).toEqual([undefined, 't_deleted', undefined]);
    expect([0, 1, 2].map((index) => left.record(index).table)).toEqual([undefined, 't_deleted', undefined]);
  });

  it('leaves an envelope as it is when all of its topics have the table of the partition', async () => {
    const given = await routed;
    const batch = await through(
      given,
      routeByTopic('one', () => 'one'),
    );
    expect(batch).toBe(given);
    expect(batch.records.table).toBeUndefined();
  });
});
