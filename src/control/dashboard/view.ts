import { type TaskReport } from '../../core/task-report.ts';

/** How a connector does, the worst first. */
export const healths = [
  // One of its tasks has failed.
  'failed',
  // Nothing is loaded into one of its tables any more.
  'blocked',
  // Loads fail and are tried again, or none goes through.
  'struggling',
  // StarRocks takes less than Kafka gives.
  'slow',
  'starting',
  'paused',
  'stopped',
  'running',
] as const;
export type Health = (typeof healths)[number];

/** How a connector does, and why, in sentences. */
export interface Verdict {
  readonly health: Health;
  readonly reasons: readonly string[];
}

/** What `GET /tributary/overview` answers. */
export interface Overview {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** The worst first. */
  readonly connectors: readonly ConnectorSummary[];
}

export interface ConnectorSummary extends Verdict {
  readonly name: string;
  /** Rows loaded since its tasks in this process began. */
  readonly rows: number;
  /** Records in Kafka that are not yet loaded. */
  readonly lag: number;
}

/** What `GET /tributary/connectors/{name}` answers. */
export interface ConnectorView extends Verdict {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** What a person wants of it: RUNNING, PAUSED or STOPPED. */
  readonly target: string;
  readonly tasks: readonly TaskDetails[];
  /** What its tasks in this process do together, or did when they failed; missing where none runs here. */
  readonly report?: TaskReport;
}

export interface TaskDetails {
  readonly id: number;
  /** In Kafka Connect's words. */
  readonly state: string;
  /** `host:port` of the worker that it runs in. */
  readonly worker: string;
  /** Why it has failed. */
  readonly failure?: string;
}

/** What `GET /tributary/connectors/{name}/check` answers: its settings, and those that are missing. */
export interface ConfigCheck {
  readonly settings: readonly CheckedSetting[];
  readonly warnings: readonly string[];
}

export interface CheckedSetting {
  readonly name: string;
  /** `[hidden]` where it is a password, or may be one; null where none was given. */
  readonly value: string | null;
  readonly errors: readonly string[];
}
