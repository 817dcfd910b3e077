import { type Transaction, type TransactionStatus } from '../transactions/transaction.ts';
import { type SqlContext } from './context.ts';
import { type Listing } from './listing.ts';
import { type Cell } from './result.ts';
import { timeText } from './time-text.ts';

const STATES: Record<TransactionStatus, string> = {
  PREPARE: 'LOADING',
  PREPARED: 'PREPARED',
  COMMITTED: 'COMMITED',
  VISIBLE: 'FINISHED',
  ABORTED: 'CANCELLED',
};

export const LOADS: Listing = {
  names: [
    'JOB_ID',
    'LABEL',
    'DB_NAME',
    'TABLE_NAME',
    'USER',
    'STATE',
    'PROGRESS',
    'TYPE',
    'SCAN_ROWS',
    'SCAN_BYTES',
    'FILTERED_ROWS',
    'UNSELECTED_ROWS',
    'SINK_ROWS',
    'CREATE_TIME',
    'LOAD_COMMIT_TIME',
    'LOAD_FINISH_TIME',
    'ERROR_MSG',
    'TRACKING_SQL',
    'REJECTED_RECORD_PATH',
  ],
  rows: (context) => transactions(context).map(loadRow),
};

function transactions({ cluster }: SqlContext): Transaction[] {
  return [...cluster.transactions.all()];
}

function loadRow(transaction: Transaction): Cell[] {
  const { id, label, spec, status, report } = transaction;
  const time = (at: number | undefined) => (at === undefined ? null : timeText(at));
  const tracked = report !== undefined && report.trackingLog !== '';
  return [
    String(id),
    label,
    spec.database,
    spec.table,
    spec.user,
    STATES[status],
    status === 'VISIBLE' ? 'ETL:100%; LOAD:100%' : 'ETL:100%; LOAD:0%',
    spec.loadType === 'INSERT_STREAMING' ? 'INSERT' : 'STREAM_LOAD',
    String(report?.totalRows ?? 0),
    String(report?.bytes ?? 0),
    String(report?.filteredRows ?? 0),
    String(report?.unselectedRows ?? 0),
    String(report?.loadedRows ?? 0),
    timeText(transaction.beganAt),
    time(transaction.committedAt),
    time(transaction.finishedAt),
    status === 'ABORTED' ? transaction.reason : '',
    tracked ? `select tracking_log from information_schema.load_tracking_logs where job_id=${id}` : '',
    '',
  ];
}

export const LOAD_TRACKING_LOGS: Listing = {
  names: ['JOB_ID', 'LABEL', 'DATABASE_NAME', 'TRACKING_LOG', 'TYPE'],
  rows: (context) =>
    transactions(context).flatMap(({ id, label, spec, report }) =>
      report === undefined || report.trackingLog === ''
        ? []
        : [[String(id), label, spec.database, report.trackingLog, 'STREAM_LOAD']],
    ),
};
