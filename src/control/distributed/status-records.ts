import { z } from 'zod';
import { type StateInfo } from '../connectors.ts';
import { type Written } from './config-records.ts';

/** What one worker wrote of a task that it runs, as Kafka Connect's status topic has it. */
const statusValue = z.object({
  state: z.string(),
  worker_id: z.string(),
  trace: z.string().nullish(),
  version: z.string().nullish(),
});

const PREFIX = 'status-task-';

function statusKey(name: string, task: number): string {
  return `${PREFIX}${name}-${task}`;
}

export function statusRecord(name: string, task: number, { state, trace, worker_id, version }: StateInfo): Written {
  // Java workers count their group's generations here, to tell which of two statuses is the later one.
  const value = { state, trace: trace ?? null, worker_id, generation: 0, version };
  return { key: statusKey(name, task), value: JSON.stringify(value) };
}

/** The last status of each task in the cluster, by its key. */
export class TaskStatuses {
  readonly #statuses = new Map<string, StateInfo>();

  /** Returns who said it; undefined where nothing is said of a task any more. */
  apply({ key, value }: Written): string | undefined {
    if (!key.startsWith(PREFIX)) return undefined;
    const found = value === undefined ? undefined : parse(value);
    if (found === undefined) this.#statuses.delete(key);
    else this.#statuses.set(key, found);
    return found?.worker_id;
  }

  /** What the worker that should run the task said of it; undefined while it said nothing. */
  find(name: string, task: number, workerId: string): StateInfo | undefined {
    const found = this.#statuses.get(statusKey(name, task));
    return found?.worker_id === workerId ? found : undefined;
  }

  /** Keys of what was ever said of a connector's tasks. */
  keysOf(name: string): string[] {
    const prefix = `${PREFIX}${name}-`;
    return [...this.#statuses.keys()].filter((key) => key.startsWith(prefix) && /^\d+$/.test(key.slice(prefix.length)));
  }
}

function parse(value: string): StateInfo | undefined {
  try {
    const { state, worker_id, trace, version } = statusValue.parse(JSON.parse(value));
    return { state, worker_id, version: version ?? '', ...(trace != null && { trace }) };
  } catch {
    // What a later version writes is not worth stopping for.
    return undefined;
  }
}
