import { type Written } from './config-records.ts';
import { type WorkerProcess } from './work-plan.ts';

/** A topic that every process reads and any may write to. */
export interface SharedTopic {
  /** Reads what is there, and follows what comes. */
  open(): Promise<void>;
  readToEnd(): Promise<void>;
  /** Resolves when the record was read back. */
  write(key: string, value: string | undefined): Promise<void>;
  close(): Promise<void>;
}

export interface SharedTopicListener {
  record(record: Written): void;
  failed(error: Error): void;
}

/** The processes of the cluster. */
export interface ProcessGroup {
  readonly self: WorkerProcess;
  join(): Promise<void>;
  leave(): Promise<void>;
}

export interface ProcessGroupListener {
  workers(all: readonly WorkerProcess[]): void;
  failed(error: Error): void;
}
