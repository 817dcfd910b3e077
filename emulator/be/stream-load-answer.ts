import { type ExistingJobStatus } from '../load/load-error.ts';
import { type RowCounters } from '../load/row-gate.ts';
import { loadedRows } from '../load/row-sink.ts';

/** Milliseconds that the phases of a load took. */
export interface LoadTimes {
  begin: number;
  plan: number;
  read: number;
  write: number;
  commit: number;
  total: number;
}

export interface StreamLoadResult {
  readonly txnId: number;
  readonly label: string;
  readonly status: 'Success' | 'Publish Timeout' | 'Label Already Exists' | 'Fail';
  readonly existingJobStatus: ExistingJobStatus | undefined;
  readonly message: string;
  readonly counters: RowCounters;
  readonly loadBytes: number;
  readonly times: LoadTimes;
  readonly errorUrl: string | undefined;
  readonly rejectedRecordPath: string | undefined;
}

/** A place on the BE's disk, which no client can read over HTTP (§1.8); nothing is written there. */
export function rejectedRecordPath(hostPort: string, database: string, label: string): string {
  return `${hostPort.replace(/:\d+$/, '')}:/opt/starrocks/be/storage/rejected_record/${database}/${label}`;
}

/** The answer's fields in StarRocks' order (§3.1). */
export function streamLoadAnswer(result: StreamLoadResult): object {
  const { counters, times } = result;
  return {
    TxnId: result.txnId,
    Label: result.label,
    Status: result.status,
    ExistingJobStatus: result.existingJobStatus,
    Message: result.message,
    NumberTotalRows: counters.total,
    NumberLoadedRows: loadedRows(counters),
    NumberFilteredRows: counters.filtered,
    NumberUnselectedRows: counters.unselected,
    LoadBytes: result.loadBytes,
    LoadTimeMs: times.total,
    BeginTxnTimeMs: times.begin,
    StreamLoadPlanTimeMs: times.plan,
    ReadDataTimeMs: times.read,
    WriteDataTimeMs: times.write,
    CommitAndPublishTimeMs: times.commit,
    ErrorURL: result.errorUrl,
    RejectedRecordPath: result.rejectedRecordPath,
  };
}
