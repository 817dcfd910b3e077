// Leaves out records whose columns were there before, among the last ones of their partition.
//   transforms:
//     - operator: ./deduplicate.js
//       options: { columns: [order_id], remember: 100000 }
// What it remembers is in memory only: after a restart, or when a partition has moved, it begins anew. Where no row may be
// there twice whatever happens, use a Primary Key table; this spares it the work.
import { filter } from 'rxjs';
import { type RecordOperatorFactory } from 'tributary';
import { z } from 'zod';

export const options = z.strictObject({
  columns: z.array(z.string()).min(1),
  remember: z.int().min(1).default(100_000),
});

const deduplicate: RecordOperatorFactory<z.output<typeof options>> = ({ columns, remember }) => {
  // Made here and not within the operator, so that it lasts from one envelope to the next.
  const seen = new Set<string>();
  return filter(({ value }) => {
    const key = columns.map((column) => `${typeof value[column]} ${String(value[column])}`).join('\n');
    const isNew = !seen.delete(key);
    // The latest ones stand at the end.
    seen.add(key);
    if (seen.size > remember) for (const oldest of seen) if (seen.delete(oldest)) break;
    return isNew;
  });
};

export default deduplicate;
