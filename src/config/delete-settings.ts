import { z } from 'zod';
import { flag, oneOf, setting, text } from './settings.ts';

export const deleteSettings = setting(
  z
    .strictObject({
      mode: setting(
        oneOf(['apply', 'ignore', 'soft']).default('apply'),
        'What a row with `__op` 1 does: `apply` deletes its row in a Primary Key table, `ignore` leaves the record out, `soft` keeps the row and says in `deletes.column` that it is deleted.',
        { connect: { key: 'delete.mode', scope: 'connector' } },
      ),
      column: setting(
        text('the name of a column').trim().optional(),
        'Column that says with `soft` whether a row is deleted, a BOOLEAN: false in every other row.',
        { connect: { key: 'delete.column', scope: 'connector' } },
      ),
      tombstones: setting(
        flag().default(false),
        'Whether a record without a value deletes the row that its key names, the fields of which are the columns of the primary key. Otherwise it does nothing.',
        { connect: { key: 'delete.tombstones', scope: 'connector' } },
      ),
    })
    .prefault({}),
  'What deletes do.',
);
