/** The places where a fault can strike, in the order in which a load meets them. */
export const FAULT_POINTS = [
  'fe.stream_load',
  'fe.transaction',
  'fe.load_state',
  'stream_load.begin',
  'stream_load.body',
  'stream_load.execute',
  'stream_load.commit',
  'stream_load.answer',
  'transaction.begin',
  'transaction.load',
  'transaction.prepare',
  'transaction.commit',
  'transaction.rollback',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Failures that StarRocks has words for. */
export const FAILURES = {
  too_many_versions:
    'Failed to load data into tablet 10012, because of too many versions, current/limit: 1001/1000. You can reduce the loading job concurrency, or increase loading data batch size. If you are loading data with Routine Load, you can increase FE configs routine_load_task_consume_second and max_routine_load_batch_size. : be:127.0.0.1',
  too_many_transactions: 'current running txns on db 10001 is 1000, larger than limit 1000',
  not_master: 'current fe is not master',
  memory: 'Memory of process exceed limit. Used: 2147483648, Limit: 2147483648. : be:127.0.0.1',
  shutting_down: 'Service is shutting down, please retry later!',
  txn_per_be: 'streamload txn num per be exceeds limit',
  lock_timeout: 'get database read lock timeout, database=emulated',
  compaction:
    'Failed to load data into partition p, because of too large compaction score, current/limit: 1001/1000. You can reduce the loading job concurrency, or increase loading data batch size',
  tablet_error: 'Tablet is in error state, tablet_id: 10012 : be:127.0.0.1',
  unknown_commit_state:
    'Commit transaction fail cause [THRIFT_RPC_ERROR], Transaction status unknown, you can retry with same label.',
} as const;

export type FailureName = keyof typeof FAILURES;

export interface Fault {
  readonly at: FaultPoint;
  /** Before the server acts, or after it did and before it answers. */
  readonly when: 'before' | 'after';
  readonly do: FaultAction;
  /** How many times it strikes; 0: until it is removed. */
  readonly times: number;
  /** How many matching requests pass unharmed first. */
  readonly skip: number;
  readonly match: FaultMatch;
}

export interface FaultMatch {
  readonly db?: string;
  readonly table?: string;
  /** A regular expression. */
  readonly label?: string;
}

export type FaultAction =
  /** The connection is reset, and the server does no more. */
  | { readonly kind: 'cut' }
  /** The connection is reset, and the server goes on without it. */
  | { readonly kind: 'disconnect' }
  /** No answer until the fault is removed; then the request goes on, whether its client still waits or not. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'fail'; readonly message: string }
  /** Redirects to another place than the one that would be right; FE only. */
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'http'; readonly status: number; readonly body: string };
