import { type TargetState } from '../task-runner.ts';
import { type ConfigRecord } from './config-records.ts';

/** What the config topic says: the same in every process that has read the same records. */
export class ClusterConfig {
  readonly #configs = new Map<string, ReadonlyMap<string, string>>();
  readonly #targets = new Map<string, TargetState>();
  readonly #taskCounts = new Map<string, number>();

  get names(): readonly string[] {
    return [...this.#configs.keys()];
  }

  /** As it was given; undefined where there is no such connector. */
  config(name: string): ReadonlyMap<string, string> | undefined {
    return this.#configs.get(name);
  }

  target(name: string): TargetState {
    return this.#targets.get(name) ?? 'RUNNING';
  }

  /** Whether a Java worker left configurations of tasks, which it would start with before it has made new ones. */
  hasJavaTasks(name: string): boolean {
    return (this.#taskCounts.get(name) ?? 0) > 0;
  }

  /** Returns the connector that has another configuration or target now. */
  apply(record: ConfigRecord): string | undefined {
    switch (record.kind) {
      case 'config':
        setOrDelete(this.#configs, record.name, record.config);
        return record.name;
      case 'target':
        setOrDelete(this.#targets, record.name, record.target);
        return record.name;
      case 'tasks':
        this.#taskCounts.set(record.name, record.count);
        return undefined;
      default:
        return undefined;
    }
  }
}

function setOrDelete<V>(map: Map<string, V>, name: string, value: V | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}
