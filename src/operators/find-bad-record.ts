import { type EncodedBatch, rowBytes } from '../core/encoded-batch.ts';
import { RecordError } from '../core/errors.ts';
import { parseJson } from './decode/decode-json.ts';

/**
 * The strict path: parses every row of a load that StarRocks refused and names the first that is not one JSON object.
 *
 * @returns undefined when every row is; then StarRocks had another reason, which its answer tells.
 */
export function findBadRecord(parts: readonly EncodedBatch[]): RecordError | undefined {
  for (const part of parts) {
    for (let row = 0; row < part.rows; row++) {
      const record = {
        topic: part.topic,
        partition: part.partition,
        offset: part.rowOffset(row),
        value: rowBytes(part, row),
      };
      try {
        const value = parseJson(record);
        if (typeof value !== 'object' || value === null || Array.isArray(value)) {
          return new RecordError(record, 'its value is not a JSON object');
        }
      } catch (error) {
        if (error instanceof RecordError) return error;
        throw error;
      }
    }
  }
  return undefined;
}
