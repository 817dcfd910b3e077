import { type LoadReport, type TransactionWork } from '../transactions/transaction.ts';
import { type ErrorLog } from './error-log.ts';
import { LoadError } from './load-error.ts';
import { type RowCounters } from './row-gate.ts';

/** Takes the bodies of one load and turns them into rows that wait for their commit. */
export interface RowSink extends TransactionWork {
  readonly counters: RowCounters;
  readonly log: ErrorLog;
  /** `log_rejected_record_num` is not 0. */
  readonly logsRejectedRecords: boolean;
  write(chunk: Buffer): void;
  /** A request's body is complete. */
  endBody(): Promise<void>;
  /** There are no more bodies; throws when the rows must not be committed. */
  finish(): Promise<void>;
}

export function reportOf({ counters, log }: Pick<RowSink, 'counters' | 'log'>, bytes: number): LoadReport {
  return {
    totalRows: counters.total,
    loadedRows: loadedRows(counters),
    filteredRows: counters.filtered,
    unselectedRows: counters.unselected,
    bytes,
    trackingLog: log.empty ? '' : log.text(),
  };
}

export function loadedRows({ total, filtered, unselected }: RowCounters): number {
  return total - filtered - unselected;
}

/** The arithmetic of max_filter_ratio (§3.3), and StarRocks' refusal of loads without rows. */
export function checkQuality(counters: RowCounters, maxFilterRatio: number): void {
  const { total, filtered, unselected } = counters;
  if (filtered > maxFilterRatio * (total - unselected)) throw new LoadError('too many filtered rows');
  if (loadedRows(counters) === 0) throw new LoadError('all partitions have no load data');
}
