import { type SchemaChangeJob } from '../../schema-change/schema-changes.ts';
import { type Transaction } from '../../transactions/transaction.ts';
import { type SqlContext } from '../context.ts';
import { type Cell, type RowsResult } from '../result.ts';
import { timeText } from '../time-text.ts';
import { type TokenReader } from '../token-reader.ts';
import { filtered, fromClause } from './filtered.ts';

/** `SHOW ALTER TABLE COLUMN [FROM db] [WHERE …] [ORDER BY …] [LIMIT n]` */
export function showAlterTable(context: SqlContext, reader: TokenReader): Promise<RowsResult> {
  const database = fromClause(reader) ?? context.requiredDatabase;
  const jobs = context.cluster.schemaChanges.jobs.filter((job) => job.database === database);
  return filtered(context, reader, ALTER_COLUMNS, jobs.map(alterRow));
}

const ALTER_COLUMNS = [
  'JobId',
  'TableName',
  'CreateTime',
  'FinishTime',
  'IndexName',
  'IndexId',
  'OriginIndexId',
  'SchemaVersion',
  'TransactionId',
  'State',
  'Msg',
  'Progress',
  'Timeout',
] as const;

function alterRow(job: SchemaChangeJob): Cell[] {
  const finished = job.finishedAt === undefined ? null : timeText(job.finishedAt);
  const index = String(job.id + 1);
  return [
    String(job.id),
    job.table,
    timeText(job.createdAt),
    finished,
    job.table,
    index,
    index,
    '1:0',
    String(job.id),
    job.state,
    job.message,
    null,
    '86400',
  ];
}

/** `SHOW TRANSACTION [FROM db] WHERE label = 'l'` */
export function showTransaction(context: SqlContext, reader: TokenReader): Promise<RowsResult> {
  const database = fromClause(reader) ?? context.requiredDatabase;
  const transactions = [...context.cluster.transactions.database(database).all()];
  return filtered(context, reader, TRANSACTION_COLUMNS, transactions.map(transactionRow));
}

const TRANSACTION_COLUMNS = [
  'TransactionId',
  'Label',
  'Coordinator',
  'TransactionStatus',
  'LoadJobSourceType',
  'PrepareTime',
  'CommitTime',
  'FinishTime',
  'Reason',
  'ErrorReplicasCount',
  'ListenerId',
  'TimeoutMs',
  'ErrMsg',
] as const;

function transactionRow(transaction: Transaction): Cell[] {
  const { spec } = transaction;
  return [
    String(transaction.id),
    transaction.label,
    spec.coordinator === undefined ? 'FE: 127.0.0.1' : 'BE: 127.0.0.1',
    transaction.status,
    spec.loadType,
    timeText(transaction.beganAt),
    transaction.committedAt === undefined ? null : timeText(transaction.committedAt),
    transaction.finishedAt === undefined ? null : timeText(transaction.finishedAt),
    transaction.reason,
    '0',
    '-1',
    String(spec.timeoutMs),
    transaction.status === 'ABORTED' ? transaction.reason : '',
  ];
}
