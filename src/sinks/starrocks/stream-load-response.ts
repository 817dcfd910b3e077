import { type AnswerFields, type RowCounts, readAnswerFields } from './answer-fields.ts';

/**
 * What an answer to a load means for the client:
 *
 * - `loaded`: the rows are durable (or an earlier attempt with this label made them so).
 * - `running`: another attempt with this label is under way; its state tells.
 * - `ambiguous`: nobody knows whether it was committed; the label's state tells.
 * - `retry`: nothing was loaded; the same bytes may pass later.
 * - `rejected`: nothing was loaded; these bytes will never pass.
 * - `refused`: nothing was loaded, and nothing will be until a person changes the table, the user or the configuration.
 */
export type LoadVerdict = 'loaded' | 'running' | 'ambiguous' | 'retry' | 'rejected' | 'refused';

/** An answer to a load, read. */
export interface LoadAnswer {
  readonly verdict: LoadVerdict;
  /** StarRocks' own words. */
  readonly message: string;
  /** Only when StarRocks counted: an earlier attempt's counts are not known. */
  readonly rows?: RowCounts;
  readonly errorUrl?: string;
}

/** StarRocks' words for rows or bodies that it will refuse however often they come. */
const REJECTED = [
  'all partitions have no load data',
  'too many filtered rows',
  'primary key size exceed',
  'failed to parse json',
  'failed to iterate',
  'illegal json',
  'unrecognized json',
  'should be array type',
  'should be object type',
  'is array type in json document',
  "parser can't support",
  'csv line length exceed',
  'exceed the max size',
  'exceed limit',
  'json payload limit',
];

/** StarRocks' words for what only a person can mend. */
const REFUSED = [
  'access denied',
  'no valid basic authorization',
  'need auth information',
  'unknown database',
  'unknown table',
  'does not exist',
  'mapping column is not in table',
  'has no default value',
  'has no source field',
  'duplicate column',
  'not in partial update columns',
  'only olap',
  'cannot be inserted because',
  'only primary key table support',
  'unsupported compression',
  'unknown data format',
  'label format error',
  'invalid ',
  'must be equal or greater',
  'must be greater than',
  'can not specify both',
  'cannot be specified when',
  'only one of http header',
  'no 100-continue header',
  'data size exceeds quota',
];

/**
 * Reads an answer to `_stream_load`. Success is a white list: whatever is not known to be one is a failure.
 *
 * @param status HTTP status; StarRocks says 200 for nearly all failures.
 * @param body the answer's text, in any of the shapes that FE and BE have.
 */
export function readLoadAnswer(status: number, body: string): LoadAnswer {
  const fields = readAnswerFields(status, body);
  if (status === 401 || status === 403) return answer('refused', fields);
  if (status !== 200) return answer('retry', fields);
  switch (fields.status) {
    case 'Success':
    case 'Publish Timeout':
      return answer('loaded', fields);
    case 'Label Already Exists': {
      // The earlier attempt's rows were counted when it was answered; the zeros of this answer say nothing.
      const { rows, ...rest } = answer(fields.existing === 'FINISHED' ? 'loaded' : 'running', fields);
      return rest;
    }
    default: {
      // Every row was left out on purpose, by `where` or by the user's own max_filter_ratio.
      const selectedNone = fields.message.includes('all partitions have no load data') && (fields.rows?.total ?? 0) > 0;
      return answer(selectedNone ? 'loaded' : readFailure(fields.message), fields);
    }
  }
}

function answer(verdict: LoadVerdict, { message, rows, errorUrl }: AnswerFields): LoadAnswer {
  return { verdict, message, ...(rows && { rows }), ...(errorUrl !== undefined && { errorUrl }) };
}

/** What StarRocks' words for a failure mean; words that nobody knows may pass later. */
export function readFailure(message: string): Exclude<LoadVerdict, 'loaded'> {
  const lower = message.toLowerCase();
  if (/label \[.*\] has already been used/.test(lower)) return 'running';
  if (lower.includes('transaction status unknown')) return 'ambiguous';
  // "memory limit exceeded" and its relatives pass later, although they sound like a body that is too large.
  if (/\bmem(ory|_|\b)/.test(lower) && lower.includes('exceed') && lower.includes('limit')) return 'retry';
  // Before the words for what a person must mend: these may quote a row, and a row may say anything.
  if (REJECTED.some((words) => lower.includes(words))) return 'rejected';
  if (REFUSED.some((words) => lower.includes(words))) return 'refused';
  return 'retry';
}

/** StarRocks' words for loads that come faster than it can merge them: fewer and larger ones help. */
const OVERLOADED = ['too many versions', 'running txns on db', 'txn num per be exceeds', 'compaction score'];

/** Whether a failure says that StarRocks is given too many small loads. */
export function isOverload(message: string): boolean {
  const lower = message.toLowerCase();
  return OVERLOADED.some((words) => lower.includes(words));
}
