import { type Cluster } from '../cluster.ts';
import { type RequestContext } from '../http/listener.ts';
import { type ErrorLogs } from './error-logs.ts';
import { type MergeBatch } from './merge-batch.ts';
import { type OpenTransactions } from './open-transactions.ts';

/** What a request handler sees of the BE that it runs on. */
export interface BackendNode {
  readonly id: number;
  readonly hostPort: string;
  readonly cluster: Cluster;
  readonly errorLogs: ErrorLogs;
  readonly openTransactions: OpenTransactions;
  readonly shuttingDown: boolean;
  /** Open merge-commit batches by table and parameters. */
  readonly mergeBatches: Map<string, MergeBatch>;
}

export interface BeRequest extends RequestContext {
  readonly query: URLSearchParams;
  readonly parameters: readonly string[];
}

export type BeHandler = (backend: BackendNode, request: BeRequest) => Promise<void> | void;
