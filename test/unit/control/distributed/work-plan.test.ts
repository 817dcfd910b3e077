import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planWork, type WorkerProcess } from '../../../../src/control/distributed/work-plan.ts';

const processes = (count: number): WorkerProcess[] =>
  Array.from({ length: count }, (_, index) => ({ key: `k${index}`, workerId: `host-${index}:8083` }));
const connectors = (count: number, tasksMax = 1): { name: string; tasksMax: number }[] =>
  Array.from({ length: count }, (_, index) => ({ name: `c${index}`, tasksMax }));

const loadsOf = (plan: ReadonlyMap<string, readonly WorkerProcess[]>): Map<string, number> => {
  const loads = new Map<string, number>();
  for (const { key } of [...plan.values()].flat()) loads.set(key, (loads.get(key) ?? 0) + 1);
  return loads;
};

describe('the plan of the work', () => {
  it('has tasks.max tasks of a connector, evenly spread, and evenly many on each process, whatever there is', () => {
    const some = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 12 });
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 6 }), (tasksMax, workers) => {
        const wanted = tasksMax.map((max, index) => ({ name: `c${index}`, tasksMax: max }));
        const plan = planWork(wanted, processes(workers));
        for (const { name, tasksMax: max } of wanted) {
          expect(plan.get(name)).toHaveLength(max);
          const counts = processes(workers).map(
            ({ key }) => (plan.get(name) ?? []).filter((one) => one.key === key).length,
          );
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
        const total = [...plan.values()].flat().length;
        expect(Math.max(0, ...loadsOf(plan).values())).toBeLessThanOrEqual(Math.ceil(total / workers) + 1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same in whatever order the processes and the connectors were seen', () => {
    const plan = planWork(connectors(20, 2), processes(5));
    const other = planWork(connectors(20, 2).reverse(), processes(5).reverse());
    expect(new Map([...other].sort())).toEqual(new Map([...plan].sort()));
  });

  it('moves few tasks of the others when a process dies', () => {
    const before = planWork(connectors(100), processes(5));
    const after = planWork(connectors(100), processes(4));
    const moved = [...before].filter(([name, [one]]) => one?.key !== 'k4' && after.get(name)?.[0]?.key !== one?.key);
    expect(moved.length).toBeLessThan(25);
  });

  it('keeps most tasks of a connector where they are, by their numbers, when a process comes or goes', () => {
    const [three, four] = [3, 4].map((count) => planWork(connectors(1, 60), processes(count)).get('c0') ?? []);
    const stayed = three?.filter(({ key }, task) => four?.[task]?.key === key) ?? [];
    // A fourth process takes 15 of 60; that many at least have to move.
    expect(stayed.length).toBeGreaterThan(30);
  });

  it('gives a process that was started again its tasks back', () => {
    const again = processes(3).map((one, index) => (index === 1 ? { ...one, key: 'new' } : one));
    const before = planWork(connectors(30), processes(3));
    const after = planWork(connectors(30), again);
    for (const [name, [one]] of before) expect(after.get(name)?.[0]?.workerId).toBe(one?.workerId);
  });

  it('is empty while nobody is there', () => expect(planWork(connectors(1), [])).toEqual(new Map([['c0', []]])));
});
