import { z } from 'zod';
import { setting, text } from './settings.ts';

function column(key: string, description: string): z.ZodOptional<z.ZodString> {
  return setting(text('the name of a column').optional(), description, {
    connect: { key: `record.columns.${key}`, scope: 'connector' },
  });
}

export const recordColumnSettings = setting(
  z
    .strictObject({
      key: column('key', "Column for the record's key, as `key.converter` reads it; as text without one."),
      headers: column(
        'headers',
        'Column, such as one of type JSON, for an object of the headers, each as Kafka Connect’s SimpleHeaderConverter reads it.',
      ),
      timestamp: column(
        'timestamp',
        'Column for the date and time of the record, with milliseconds, on the clocks of `value.timeZone`.',
      ),
      topic: column('topic', 'Column for the topic that the record was read from.'),
      partition: column('partition', 'Column for its partition.'),
      offset: column('offset', 'Column for its offset.'),
    })
    .prefault({}),
  'Columns for what a record is besides its value.',
);
