import { type AnswerFields, type RowCounts, readAnswerFields } from './answer-fields.ts';
import { readFailure } from './stream-load-response.ts';

/**
 * What an answer to a step of a transaction means:
 *
 * - `done`: the step was taken (or had been taken before).
 * - `exists`: `begin` found the label in use.
 * - `busy`: another step of the transaction is being taken; nothing happened, ask again.
 * - `gone`: StarRocks knows no open transaction with this label; the label's state tells why.
 * - `retry`, `rejected`, `refused`: as for a load; the transaction is over.
 */
export type TransactionVerdict = 'done' | 'exists' | 'busy' | 'gone' | 'retry' | 'rejected' | 'refused';

/** An answer to a step of a transaction, read. */
export interface TransactionAnswer {
  readonly verdict: TransactionVerdict;
  /** StarRocks' own words. */
  readonly message: string;
  /** Only an answer to `prepare`, or to a commit without one, has counts. */
  readonly rows?: RowCounts;
  readonly errorUrl?: string;
}

const GONE = ["can't find the transaction", 'no transaction found', 'not exist'];

/** Reads an answer of `/api/transaction/*`, from an FE or a BE. Success is a white list. */
export function readTransactionAnswer(httpStatus: number, body: string): TransactionAnswer {
  const fields = readAnswerFields(httpStatus, body);
  const { message, rows, errorUrl } = fields;
  return {
    verdict: verdictOf(httpStatus, fields),
    message,
    ...(rows && { rows }),
    ...(errorUrl !== undefined && { errorUrl }),
  };
}

function verdictOf(httpStatus: number, { status, message }: AnswerFields): TransactionVerdict {
  if (httpStatus === 401 || httpStatus === 403) return 'refused';
  if (httpStatus !== 200) return 'retry';
  switch (status) {
    case 'OK':
    // The commit has happened; its rows become visible a little later.
    case 'PUBLISH_TIMEOUT':
      return 'done';
    case 'LABEL_ALREADY_EXISTS':
      return 'exists';
    case 'TXN_IN_PROCESSING':
      return 'busy';
    case 'TXN_NOT_EXISTS':
      return 'gone';
    default:
      return readTransactionFailure(message);
  }
}

function readTransactionFailure(message: string): TransactionVerdict {
  const lower = message.toLowerCase();
  // "Transaction … not exist" and "Database … does not exist" share words, and mean different things.
  if (lower.includes('transaction') && GONE.some((words) => lower.includes(words))) return 'gone';
  const verdict = readFailure(message);
  if (verdict === 'running') return 'exists';
  return verdict === 'ambiguous' ? 'retry' : verdict;
}
