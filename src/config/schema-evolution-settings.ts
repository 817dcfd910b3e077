import { z } from 'zod';
import { flag, setting, text } from './settings.ts';

const tableProperties = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'it must be a text, a number or true or false' }),
    { error: 'it must be a list of names and values' },
  )
  .transform((given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])));

export const schemaEvolutionSettings = setting(
  z
    .strictObject({
      addColumns: setting(
        flag().default(false),
        "Whether a table gets a column for each field of its records' schemas that it lacks. Records wait until it has it. Columns are never dropped, renamed or made narrower.",
        { connect: { key: 'auto.evolve', scope: 'connector' } },
      ),
      createTables: setting(
        flag().default(false),
        'Whether a table that is missing is created from the schema of its first record.',
        { connect: { key: 'auto.create', scope: 'connector' } },
      ),
      keyFields: setting(
        z.array(text('the name of a field').trim(), { error: 'it must be a list of fields' }).default([]),
        "Fields that are the primary key of a table that is created. Without them it is the fields of the record's key; with neither, rows are only ever added to the table.",
        { connect: { key: 'pk.fields', scope: 'connector' }, rangeText: 'field, …' },
      ),
      tableProperties: setting(
        tableProperties.default({}),
        'PROPERTIES of tables that are created, such as `replication_num`.',
        {
          connect: { key: 'auto.create.properties.*', scope: 'connector', reader: 'own' },
          rangeText: 'name: value',
        },
      ),
    })
    .prefault({}),
  "What is done to tables that lack what their records' schemas have. It needs the ALTER and CREATE TABLE privileges, and StarRocks 3.2.",
);
