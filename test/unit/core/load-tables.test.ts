import { describe, expect, it } from 'vitest';
import { LoadTables } from '../../../src/core/load-tables.ts';
import { type TableTarget } from '../../../src/core/table-target.ts';
import { writeDecision } from '../../../src/streams/decision-metadata.ts';

const target = (table: string, database = 'db'): TableTarget => ({ name: table, database, table });

/** As many tables as fit, each with a name of so many bytes. */
function fill(length: number): TableTarget[] {
  const tables = new LoadTables();
  const taken: TableTarget[] = [];
  for (let number = 0; ; number++) {
    const one = target(`t${number}`.padEnd(length, 'x'));
    if (!tables.add([one])) return taken;
    taken.push(one);
  }
}

describe('the tables of a load', () => {
  it.each([5, 64, 1_000])('fit beside an offset in Kafka, with the longest label: names of %i bytes', (length) => {
    const others = fill(length);
    expect(others.length).toBeGreaterThan(1);
    const decision = {
      state: 'decided' as const,
      label: 'l'.repeat(128),
      database: 'd'.repeat(256),
      table: 't'.repeat(1_024),
      others,
      nextOffset: Number.MAX_SAFE_INTEGER,
      time: Date.now(),
    };
    expect(() => writeDecision(decision)).not.toThrow();
  });

  it('are counted once, however often they come', () => {
    const tables = new LoadTables();
    for (let time = 0; time < 1_000; time++) expect(tables.add([target('t1'), target('t2')])).toBe(true);
  });

  it('come in all together or not at all', () => {
    const tables = new LoadTables();
    const long = target('l'.repeat(2_000));
    expect(tables.add([target('t1'), long])).toBe(true);
    expect(tables.add([target('t2'), target('m'.repeat(2_000))])).toBe(false);
    expect(tables.add([target('n'.repeat(300))])).toBe(true);
  });
});
