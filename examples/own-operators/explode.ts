// Makes a row of each element of an array, as a line of an order. The columns of the record are repeated in each of them.
//   transforms:
//     - operator: ./explode.js
//       options: { column: lines }
import { concatMap } from 'rxjs';
import { type RecordOperatorFactory } from 'tributary';
import { z } from 'zod';

export const options = z.strictObject({ column: z.string() });

const explode: RecordOperatorFactory<z.output<typeof options>> = ({ column }) =>
  concatMap((record) => {
    const { [column]: elements, ...rest } = record.value;
    // Nothing to make rows of.
    if (elements == null) return [];
    if (!Array.isArray(elements)) throw new TypeError(`its field "${column}" is not an array`);
    return elements.map((element: unknown) => ({
      ...record,
      value: typeof element === 'object' && element !== null ? { ...rest, ...element } : { ...rest, [column]: element },
    }));
  });

export default explode;
