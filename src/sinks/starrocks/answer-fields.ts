/** What StarRocks counted in a load. */
export interface RowCounts {
  readonly total: number;
  readonly loaded: number;
  readonly filtered: number;
  readonly unselected: number;
}

/** An answer's fields, whichever of FE's and BE's shapes it has. */
export interface AnswerFields {
  /** `Status` or `status`; empty when there is none. */
  readonly status: string;
  /** StarRocks' own words; never empty. */
  readonly message: string;
  /** Only when StarRocks counted. */
  readonly rows?: RowCounts;
  readonly errorUrl?: string;
  /** `ExistingJobStatus`, beside a label that exists already. */
  readonly existing?: string;
}

/** Reads the body of an answer: JSON in three shapes, or HTML, or nothing. The content type says nothing reliable. */
export function readAnswerFields(httpStatus: number, body: string): AnswerFields {
  const fields = parseObject(body);
  const message = text(fields.Message) ?? text(fields.message) ?? text(fields.msg) ?? body.trim().slice(0, 500);
  const errorUrl = text(fields.ErrorURL);
  const existing = text(fields.ExistingJobStatus);
  return {
    status: text(fields.Status) ?? text(fields.status) ?? '',
    message: message === '' ? `HTTP ${httpStatus} with an empty body` : message,
    ...rowCounts(fields),
    ...(errorUrl !== undefined && { errorUrl }),
    ...(existing !== undefined && { existing }),
  };
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
