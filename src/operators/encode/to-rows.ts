import { map, type OperatorFunction } from 'rxjs';
import { type SchemaAndValue } from '../../core/connect-data.ts';
import { putFailure } from '../../core/dead-letter.ts';
import { describeError, RecordError } from '../../core/errors.ts';
import { type RecordBatch, type RecordList } from '../../core/record-batch.ts';
import { notJson } from '../json/json-text.ts';
import { readJson } from '../json/read-json.ts';
import { mapValues } from '../map-values.ts';
import { type RowOptions, toRow } from './connect-row.ts';
import { rowsBySchema } from './rows-by-schema.ts';

/**
 * Makes the row of each value: what operators see and what is loaded. A text is taken for the JSON that it holds, and a
 * null is a tombstone, which makes no row.
 *
 * A record whose value StarRocks has no place for goes into the `failed` of an envelope that has one.
 *
 * @param finish what is done to each row before anybody sees it.
 * @throws RecordError in the stream, with the first such record of an envelope that has none.
 */
export function toRows(
  options: RowOptions = {},
  finish: (row: unknown, record: SchemaAndValue) => unknown = (row) => row,
): OperatorFunction<RecordBatch<SchemaAndValue>, RecordBatch> {
  const rowOf = rowMaker(options);
  const convert = (records: RecordList<SchemaAndValue>, index: number): unknown => {
    try {
      const record = records.value(index);
      return finish(rowOf(record), record);
    } catch (error) {
      if (!isRowFault(error)) throw error;
      throw new RecordError(records.record(index), describeError(error), { cause: error });
    }
  };
  return map((batch) => mapValues(batch, { convert, deadLetter: putFailure }));
}

/**
 * Makes the row of one value.
 *
 * @throws RangeError or SyntaxError for a value that StarRocks has no place for.
 */
export function rowMaker(options: RowOptions): (data: SchemaAndValue) => unknown {
  return rowsBySchema((schema) => (schema.type === 'string' ? jsonRow : toRow(schema, options)));
}

/** Whether an error says that a value has no row. */
export function isRowFault(error: unknown): boolean {
  return error instanceof RangeError || error instanceof SyntaxError;
}

/** The Java connector would send the text as a JSON string, which StarRocks refuses. */
function jsonRow(value: unknown): unknown {
  const text = String(value);
  try {
    return readJson(text);
  } catch (error) {
    throw notJson(text, error);
  }
}
