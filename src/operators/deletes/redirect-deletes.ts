import { map, type OperatorFunction } from 'rxjs';
import { DELETE, OP_FIELD } from '../../core/delete-rows.ts';
import { NumberText } from '../../core/number-text.ts';
import { type RecordBatch, withValues } from '../../core/record-batch.ts';

/** What becomes of rows that would delete: they are left out, or marked in a column and kept. */
export type DeleteRedirection = { readonly mode: 'ignore' } | { readonly mode: 'soft'; readonly column: string };

type Row = Readonly<Record<string, unknown>>;

/**
 * Takes what `__op` says out of StarRocks' hands, so that no row is deleted there. With `soft` every row says in a column
 * whether it is deleted, so that one which comes back is not any more.
 */
export function redirectDeletes(redirection: DeleteRedirection): OperatorFunction<RecordBatch, RecordBatch> {
  const redirected =
    redirection.mode === 'ignore'
      ? (row: Row): Row | null => (deletes(row) ? null : row)
      : (row: Row): Row | null => marked(row, redirection.column);
  const redirect = (value: unknown): unknown => {
    // An array makes a row of each of its objects.
    if (Array.isArray(value)) return value.map(redirect).filter((row) => row !== null);
    return isRow(value) ? redirected(value) : value;
  };
  return map((batch) => {
    const { records } = batch;
    const values: unknown[] = [];
    for (let index = 0; index < records.length; index++) values.push(redirect(records.value(index)));
    return { ...batch, records: withValues(records, values) };
  });
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

function deletes({ [OP_FIELD]: op }: Row): boolean {
  return (typeof op === 'number' || typeof op === 'string' || op instanceof NumberText) && Number(op) === DELETE;
}

function marked(row: Row, column: string): Row {
  const result: Record<string, unknown> = {};
  // Copying in a loop, because V8 takes far longer to add to a spread object.
  for (const name in row) if (name !== OP_FIELD) result[name] = row[name];
  result[column] = deletes(row);
  return result;
}
