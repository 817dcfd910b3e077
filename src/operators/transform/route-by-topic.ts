import { map, type OperatorFunction } from 'rxjs';
import { type ConnectRecord } from '../../core/connect-record.ts';
import { type RecordBatch, withTables } from '../../core/record-batch.ts';

/**
 * Has each record name the table of the topic that the transforms have given it, where that isn't the partition's own
 * table: transforms may send the records of one topic to several, by what they hold.
 *
 * @param table - the table of the partition.
 * @param tableOf - the table of a topic.
 */
export function routeByTopic(
  table: string,
  tableOf: (topic: string) => string,
): OperatorFunction<RecordBatch<ConnectRecord>, RecordBatch<ConnectRecord>> {
  return map((batch) => {
    const { records } = batch;
    let tables: (string | undefined)[] | undefined;
    // The records of a partition nearly always have the same topic.
    let topic: string | undefined;
    let named: string | undefined;
    for (let index = 0; index < records.length; index++) {
      const record = records.value(index);
      if (record.topic !== topic) {
        topic = record.topic;
        const found = tableOf(topic);
        named = found === table ? undefined : found;
      }
      if (named === undefined) continue;
      tables ??= new Array<string | undefined>(records.length).fill(undefined);
      tables[index] = named;
    }
    return tables === undefined ? batch : { ...batch, records: withTables(records, tables) };
  });
}
