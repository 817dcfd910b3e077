import { createHash } from 'node:crypto';

/** A process that can run tasks. */
export interface WorkerProcess {
  readonly key: string;
  readonly workerId: string;
}

/** A connector, and how many tasks it may have in the whole cluster. */
export interface PlannedConnector {
  readonly name: string;
  readonly tasksMax: number;
}

/**
 * Which processes run a task of which connector: at most one task of a connector each, `tasksMax` of it in all, and about as
 * many tasks on one process as on another. Every process works it out for itself, from what all of them read in Kafka: the
 * config topic and the members of the workers' group. Where two have not read the same yet, a task too many or too few runs
 * for a moment, which the connector's own consumer group settles; no row depends on it.
 *
 * It is consistent hashing with bounded loads, so that a process that comes or goes moves few tasks of the others.
 *
 * @returns for each connector its processes; a place in the list is the number of the task.
 */
export function planWork(
  connectors: readonly PlannedConnector[],
  processes: readonly WorkerProcess[],
): Map<string, WorkerProcess[]> {
  const count = ({ tasksMax }: PlannedConnector): number => Math.min(tasksMax, processes.length);
  const total = connectors.reduce((sum, connector) => sum + count(connector), 0);
  const bound = Math.ceil(total / Math.max(1, processes.length));
  const loads = new Map(processes.map(({ key }) => [key, 0]));
  const load = ({ key }: WorkerProcess): number => loads.get(key) ?? 0;
  const plan = new Map<string, WorkerProcess[]>();
  // Those that need many processes choose first: the others can do with any.
  const order = connectors.toSorted((a, b) => count(b) - count(a) || (a.name < b.name ? -1 : 1));
  for (const connector of order) {
    const ranked = processes.toSorted((a, b) => compare(rank(connector.name, a), rank(connector.name, b)));
    const free = ranked.filter((one) => load(one) < bound);
    const full = ranked.filter((one) => load(one) >= bound).toSorted((a, b) => load(a) - load(b));
    const chosen = [...free, ...full].slice(0, count(connector));
    for (const one of chosen) loads.set(one.key, load(one) + 1);
    plan.set(connector.name, chosen);
  }
  return plan;
}

/** By the id, so that a process that was started again gets its tasks back; by the key where two have the same. */
function rank(connector: string, { key, workerId }: WorkerProcess): string {
  return createHash('sha256').update(`${connector}\n${workerId}`).digest('hex') + key;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
