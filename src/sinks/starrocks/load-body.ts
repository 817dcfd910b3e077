import { type EncodedBatch } from '../../core/encoded-batch.ts';
import { type LoadBody } from './starrocks-http.ts';

const OPEN = Buffer.from('[');
const CLOSE = Buffer.from(']');

/**
 * One JSON array from encoded rows, without copying them. An array rather than a stream of objects, because a
 * truncated array is an error and a truncated stream is not.
 *
 * @throws RangeError when there is no row: StarRocks takes no empty load.
 */
export function frameBody(parts: readonly EncodedBatch[]): LoadBody {
  const bodies = parts.filter((part) => part.rows > 0).map((part) => part.body);
  const last = bodies.pop();
  if (!last) throw new RangeError('Expected at least one row in a load.');
  const chunks = [OPEN, ...bodies, last.subarray(0, last.length - 1), CLOSE];
  return { chunks, length: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}
