/** What StarRocks counted in a load. */
export interface RowCounts {
  readonly total: number;
  readonly loaded: number;
  readonly filtered: number;
  readonly unselected: number;
}

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
  const fields = parseObject(body);
  const message = text(fields.Message) ?? text(fields.message) ?? text(fields.msg) ?? body.trim().slice(0, 500);
  const said = text(fields.Status) ?? text(fields.status) ?? '';
  const errorUrl = text(fields.ErrorURL);
  const answer = (verdict: LoadVerdict): LoadAnswer => ({
    verdict,
    message: message === '' ? `HTTP ${status} with an empty body` : message,
    ...rowCounts(fields),
    ...(errorUrl !== undefined && { errorUrl }),
  });

  if (status === 401 || status === 403) return answer('refused');
  if (status !== 200) return answer('retry');
  switch (said) {
    case 'Success':
    case 'Publish Timeout':
      return answer('loaded');
    case 'Label Already Exists': {
      // The earlier attempt's rows were counted when it was answered; the zeros of this answer say nothing.
      const { rows: _rows, ...rest } = answer(fields.ExistingJobStatus === 'FINISHED' ? 'loaded' : 'running');
      return rest;
    }
    default: {
      // Every row was left out on purpose, by `where` or by the user's own max_filter_ratio.
      const selectedNone = message.includes('all partitions have no load data') && Number(fields.NumberTotalRows) > 0;
      return answer(selectedNone ? 'loaded' : readFailure(message));
    }
  }
}

function readFailure(message: string): LoadVerdict {
  const lower = message.toLowerCase();
  if (/label \[.*\] has already been used/.test(lower)) return 'running';
  if (lower.includes('transaction status unknown')) return 'ambiguous';
  // "memory limit exceeded" and its relatives pass later, although they sound like a body that is too large.
  if (lower.includes('mem') && lower.includes('limit')) return 'retry';
  if (REFUSED.some((words) => lower.includes(words))) return 'refused';
  if (REJECTED.some((words) => lower.includes(words))) return 'rejected';
  return 'retry';
}

function rowCounts(fields: Record<string, unknown>): { rows?: RowCounts } {
  const { NumberTotalRows, NumberLoadedRows, NumberFilteredRows, NumberUnselectedRows } = fields;
  if (typeof NumberTotalRows !== 'number' || typeof NumberLoadedRows !== 'number') return {};
  return {
    rows: {
      total: NumberTotalRows,
      loaded: NumberLoadedRows,
      filtered: typeof NumberFilteredRows === 'number' ? NumberFilteredRows : 0,
      unselected: typeof NumberUnselectedRows === 'number' ? NumberUnselectedRows : 0,
    },
  };
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
