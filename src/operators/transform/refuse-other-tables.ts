import { map, type OperatorFunction } from 'rxjs';
import { type ConnectRecord } from '../../core/connect-record.ts';
import { putFailure } from '../../core/dead-letter.ts';
import { RecordError } from '../../core/errors.ts';
import { type RecordBatch, type RecordList } from '../../core/record-batch.ts';
import { mapValues } from '../map-values.ts';

/**
 * Lets only records pass that go into one table. A partition is loaded into one table, because the decision that makes its
 * loads exactly-once is about one load; where transforms send a record into another one by what the record holds, it
 * would otherwise end up among rows of another kind.
 *
 * Such a record goes into the `failed` of an envelope that has one.
 *
 * @param table - the table of the partition.
 * @param tableOf - the table of a topic.
 * @throws RecordError in the stream, with the first such record of an envelope that has none.
 */
export function refuseOtherTables(
  table: string,
  tableOf: (topic: string) => string,
): OperatorFunction<RecordBatch<ConnectRecord>, RecordBatch<ConnectRecord>> {
  // The records of a partition nearly always have the same topic.
  let known: string | undefined;
  const convert = (records: RecordList<ConnectRecord>, index: number): ConnectRecord => {
    const record = records.value(index);
    if (record.topic === known) return record;
    const other = tableOf(record.topic);
    if (other !== table) {
      throw new RecordError(
        record.origin,
        `the transforms send it to the topic ${record.topic} and so to the table ${other}, but the partition is loaded into ${table}. A partition's records can go to another table only all together, by the name of their topic`,
      );
    }
    known = record.topic;
    return record;
  };
  return map((batch) => mapValues(batch, { convert, deadLetter: putFailure }));
}
