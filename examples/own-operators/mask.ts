// Replaces what is personal by a keyed hash: equal values stay equal, so that rows can still be counted and joined.
//   transforms:
//     - operator: ./mask.js
//       options: { columns: [email], secret: at least sixteen characters }
import { createHmac } from 'node:crypto';
import { map } from 'rxjs';
import { type RecordOperatorFactory } from 'tributary';
import { z } from 'zod';

export const options = z.strictObject({
  columns: z.array(z.string()).min(1),
  // Without one, whoever has a list of addresses finds out whose hash is whose.
  secret: z.string().min(16),
});

const mask: RecordOperatorFactory<z.output<typeof options>> = ({ columns, secret }) => {
  const masked = (value: unknown): string => createHmac('sha256', secret).update(String(value)).digest('hex');
  return map((record) => {
    const value: Record<string, unknown> = { ...record.value };
    for (const column of columns) if (value[column] != null) value[column] = masked(value[column]);
    return { ...record, value };
  });
};

export default mask;
