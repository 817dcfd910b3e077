import { createHash } from 'node:crypto';

/** A process that can run tasks. */
export interface WorkerProcess {
  readonly key: string;
  readonly workerId: string;
}

/** A connector, and how many tasks it has in the whole cluster. */
export interface PlannedConnector {
  readonly name: string;
  readonly tasksMax: number;
}

/**
 * Which process runs which task: those of a connector spread as evenly as they can be, and about as many tasks in all on one
 * process as on another. Every process works it out for itself, from what all of them read in Kafka: the config topic and
 * the members of the workers' group. Where two have not read the same yet, a task runs twice or not at all for a moment,
 * which the connector's own consumer group settles; no row depends on it.
 *
 * It is consistent hashing with bounded loads, so that a process that comes or goes moves few tasks of the others.
 *
 * @returns for each connector its tasks' processes; a place in the list is the number of the task. Empty without a process.
 */
export function planWork(
  connectors: readonly PlannedConnector[],
  processes: readonly WorkerProcess[],
): Map<string, WorkerProcess[]> {
  const count = Math.max(1, processes.length);
  const overOf = ({ tasksMax }: PlannedConnector): number => tasksMax % count;
  const bound = Math.ceil(connectors.reduce((sum, connector) => sum + overOf(connector), 0) / count);
  const loads = new Map(processes.map((one) => [one, 0]));
  const plan = new Map<string, WorkerProcess[]>();
  // Those with many tasks left over choose first: the others can do with any process.
  const order = connectors.toSorted((a, b) => overOf(b) - overOf(a) || (a.name < b.name ? -1 : 1));
  for (const { name, tasksMax } of order) {
    plan.set(name, processes.length === 0 ? [] : place(name, tasksMax, loads, bound));
  }
  return plan;
}

/**
 * Each task goes to the process that it ranks first, of those that may still take one of this connector: each process takes
 * the same number, and as many of them as are left over one more. Those are what differs from process to process, and what
 * the loads count: up to the bound, which each process gets when all of them are spread evenly.
 */
function place(connector: string, tasks: number, loads: Map<WorkerProcess, number>, bound: number): WorkerProcess[] {
  const all = [...loads.keys()];
  const share = Math.floor(tasks / all.length);
  let over = tasks % all.length;
  const own = new Map(all.map((one) => [one, 0]));
  const ownOf = (one: WorkerProcess): number => own.get(one) ?? 0;
  const loadOf = (one: WorkerProcess): number => loads.get(one) ?? 0;
  return Array.from({ length: tasks }, (_, task) => {
    const mayTakeOver = over > 0 ? all.filter((one) => ownOf(one) === share) : [];
    const below = all.filter((one) => ownOf(one) < share);
    const free = [...below, ...mayTakeOver.filter((one) => loadOf(one) < bound)];
    const least = Math.min(...mayTakeOver.map(loadOf));
    const open = free.length > 0 ? free : mayTakeOver.filter((one) => loadOf(one) === least);
    const chosen = first(open, (one) => rank(connector, task, one));
    if (ownOf(chosen) === share) {
      over--;
      loads.set(chosen, loadOf(chosen) + 1);
    }
    own.set(chosen, ownOf(chosen) + 1);
    return chosen;
  });
}

/** By the id, so that a process that was started again gets its tasks back; by the key where two have the same. */
function rank(connector: string, task: number, { key, workerId }: WorkerProcess): string {
  return createHash('sha256').update(`${connector}\n${task}\n${workerId}`).digest('hex') + key;
}

/** The one with the lowest rank. There is at least one. */
function first<T>(all: readonly T[], rankOf: (one: T) => string): T {
  const [lowest] = all.map((one) => ({ one, rank: rankOf(one) })).sort((a, b) => (a.rank < b.rank ? -1 : 1));
  if (!lowest) throw new Error('There is nothing to choose from.');
  return lowest.one;
}
