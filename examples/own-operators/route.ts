// Sends rows to the table that one of their columns says; all others stay in the table of their topic.
//   transforms:
//     - operator: ./route.js
//       options: { column: kind, tables: { return: shop.returns, refund: shop.refunds } }
import { map } from 'rxjs';
import { type RecordOperatorFactory } from 'tributary';
import { z } from 'zod';

export const options = z.strictObject({
  column: z.string(),
  // By value: `table`, or `database.table`.
  tables: z.record(z.string(), z.string()),
});

const route: RecordOperatorFactory<z.output<typeof options>> = ({ column, tables }) => {
  const tableOf = new Map(Object.entries(tables));
  return map((record) => {
    const table = tableOf.get(String(record.value[column]));
    return table === undefined ? record : { ...record, table };
  });
};

export default route;
