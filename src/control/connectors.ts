import { type TaskReport } from '../core/task-report.ts';
import { type WantedOffset } from './connector-offsets.ts';
import { type TargetState } from './task-runner.ts';

/** The names below are those of Kafka Connect's JSON. */
export interface TaskId {
  readonly connector: string;
  readonly task: number;
}

export interface ConnectorInfo {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly tasks: readonly TaskId[];
  readonly type: 'sink' | 'unknown';
}

export interface StateInfo {
  readonly state: string;
  readonly worker_id: string;
  readonly version: string;
  readonly trace?: string;
}

export interface TaskStatus extends StateInfo {
  readonly id: number;
}

export interface ConnectorStatus {
  readonly name: string;
  readonly connector: StateInfo;
  readonly tasks: readonly TaskStatus[];
  readonly type: 'sink' | 'unknown';
}

/** What a connector is given: texts, or null where JSON said so, which is an error that the answer names. */
export type GivenConfig = ReadonlyMap<string, string | null>;

export interface RestartPlan {
  readonly includeTasks: boolean;
  readonly onlyFailed: boolean;
}

/**
 * The connectors that the REST API shows and changes, wherever they are kept. What fails throws a WorkerError with the
 * status and the words of Kafka Connect.
 */
export interface Connectors {
  readonly names: readonly string[];
  /** Why tasks of this process have failed, in sentences. */
  readonly failures: readonly string[];
  info(name: string): ConnectorInfo;
  /** As it was given: with its passwords, and with references to secrets unresolved. */
  config(name: string): Readonly<Record<string, string>>;
  status(name: string): ConnectorStatus;
  /** What the connector's tasks in this process are doing; when all have failed, what they did last. */
  reports(name: string): readonly TaskReport[];
  tasks(name: string): { readonly id: TaskId; readonly config: Readonly<Record<string, string>> }[];
  taskStatus(name: string, task: number): TaskStatus;
  /** Topics that brought records to this process; none where there is no such connector. */
  topics(name: string): readonly string[];
  resetTopics(name: string): void;
  create(name: string, given: GivenConfig, target: TargetState): Promise<ConnectorInfo>;
  /** Returns whether the connector is new. */
  put(name: string, given: GivenConfig): Promise<{ readonly created: boolean; readonly info: ConnectorInfo }>;
  /** Changes some settings; null takes one away. */
  patch(name: string, changes: GivenConfig): Promise<ConnectorInfo>;
  remove(name: string): Promise<void>;
  pause(name: string): void | Promise<void>;
  resume(name: string): void | Promise<void>;
  stop(name: string): Promise<void>;
  /** Returns the states in which what is restarted stands as RESTARTING. */
  restart(name: string, plan: RestartPlan): ConnectorStatus | Promise<ConnectorStatus>;
  restartTask(name: string, task: number): void | Promise<void>;
  offsets(name: string): Promise<readonly WantedOffset[]>;
  /** Whether the connector may be changed at all is looked at before what is wanted, as in Kafka Connect. */
  alterOffsets(name: string, read: () => readonly WantedOffset[]): Promise<void>;
  resetOffsets(name: string): Promise<void>;
}
