import { describe, expect, it } from 'vitest';
import { describeInterrupted, describeSettled } from '../../../src/control/interrupted-loads-text.ts';
import { type LoadDecision } from '../../../src/streams/decision-metadata.ts';
import { type InterruptedPartition } from '../../../src/streams/load-resolver.ts';
import { type Prospect } from '../../../src/streams/recovery.ts';

const pipeline = { name: 'orders', kafka: { groupId: 'connect-orders' } };

function interrupted(
  prospect: Prospect | undefined,
  fields: Partial<InterruptedPartition> = {},
  decision: Partial<LoadDecision> = {},
): InterruptedPartition {
  return {
    committed: { topic: 'orders', partition: 0, offset: 10, metadata: '…' },
    decision: {
      state: 'decided',
      label: 'label-a',
      database: 'db',
      table: 'sales',
      nextOffset: 20,
      time: Date.UTC(2026, 0, 2, 3, 4, 5),
      ...decision,
    },
    transactions: [{ label: 'label-a', database: 'db', table: 'sales', state: 'UNKNOWN' }],
    prospect,
    ...fields,
  };
}

describe('the text about interrupted loads', () => {
  it('says that there are none', () => {
    expect(describeInterrupted(pipeline, 0, [])).toBe(
      'orders (group connect-orders): no partition has an interrupted load.\n',
    );
  });

  it('shows an unclear load whole, and how to settle it', () => {
    const unclear = interrupted({ kind: 'unclear', reason: 'the load was interrupted' });
    expect(describeInterrupted(pipeline, 0, [unclear])).toBe(
      `orders (group connect-orders): 1 partition has an interrupted load.

orders/0: UNCLEAR
  committed     offset 10; behind the load: offset 20
  load          label-a, decided 2026-01-02T03:04:05.000Z
  table         db.sales
  in StarRocks  UNKNOWN (never begun, or forgotten)
  next start    will leave the partition closed: the load was interrupted

What is unclear needs you. Look whether the load's rows are in the table: they all are, or none is.
Stop every process of the pipeline, and say for each such partition (or for all, if all are alike):
  node dist/main.js resolve FILE... --loaded orders/0       they are: go on behind the load
  node dist/main.js resolve FILE... --not-loaded orders/0   they are not: load them
`,
    );
  });

  it('shows each table of a load into several, and what the answers mean for those that differ', () => {
    const text = describeInterrupted(pipeline, 0, [
      interrupted(
        { kind: 'unclear', reason: 'the load was interrupted' },
        {
          transactions: [
            { label: 'label-a', database: 'db', table: 'sales', state: 'VISIBLE' },
            { label: 'label-a-1', database: 'shop', table: 'returns', state: 'ABORTED' },
          ],
        },
      ),
    ]);
    expect(text).toContain(`  load          label-a, decided 2026-01-02T03:04:05.000Z
  table         db.sales
  in StarRocks  VISIBLE
  table         shop.returns
  in StarRocks  ABORTED
`);
    expect(text).toContain(`
A load into several tables can be in some of them alone. Then --loaded leaves its rows out of the others, and --not-loaded
writes them again into those that have them: in Primary Key tables that changes nothing.
`);
  });

  it.each<[Prospect | undefined, string]>([
    [{ kind: 'loaded' }, 'will go on at offset 20: the rows are in the table'],
    [{ kind: 'repeat' }, 'will load from offset 10 on: the load never counted'],
    [{ kind: 'commit' }, 'will commit the load and go on at offset 20'],
    [{ kind: 'roll back' }, 'will roll the load back and load from offset 10 on'],
    [undefined, 'depends on what StarRocks has of the load'],
  ])('of %j says what the next start does, and asks for nothing', (prospect, sentence) => {
    const text = describeInterrupted(pipeline, 0, [interrupted(prospect)]);
    expect(text).toContain(`  next start    ${sentence}\n`);
    expect(text).not.toContain('--loaded');
  });

  it('says when StarRocks did not tell, when loads may be under way, and when dead letters belong to a load', () => {
    const text = describeInterrupted(pipeline, 2, [
      interrupted(undefined, {
        transactions: [{ label: 'label-a', database: 'db', table: 'sales', state: undefined }],
      }),
      interrupted({ kind: 'repeat' }, {}, { deadLetterEnds: [7] }),
    ]);
    expect(text).toContain(
      `orders (group connect-orders): 2 partitions have an interrupted load.
2 processes are in the group: loads that are under way are listed as well.
`,
    );
    expect(text).toContain('  in StarRocks  not told\n');
    expect(text).toContain('  dead letters  it has some: loaded again, it may write them again\n');
  });

  it('shows what another version wrote, as far as it can be read', () => {
    const text = describeInterrupted(pipeline, 0, [
      interrupted({ kind: 'unclear', reason: 'another version' }, { decision: undefined, transactions: [] }),
    ]);
    expect(text).toContain(
      'orders/0: UNCLEAR\n  committed     offset 10\n  next start    will leave the partition closed: another version\n',
    );
  });

  it('says what was settled', () => {
    const { committed } = interrupted(undefined);
    expect(describeSettled([{ from: committed, offset: 20 }])).toBe('orders/0: the next start goes on at offset 20.\n');
    expect(describeSettled([])).toBe('No partition is unclear. Nothing was changed.\n');
  });
});
