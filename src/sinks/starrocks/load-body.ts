import { type EncodedBatch } from '../../core/encoded-batch.ts';
import { type LoadBody } from './starrocks-http.ts';

/**
 * One body from encoded rows, without copying them.
 *
 * @throws RangeError when there is no row: StarRocks takes no empty load.
 */
export function frameBody(parts: readonly EncodedBatch[]): LoadBody {
  const filled = parts.filter(({ rows }) => rows > 0);
  const last = filled.pop();
  if (!last) throw new RangeError('Expected at least one row in a load.');
  const { open, separator, close } = last.format;
  const lastRows = last.body.subarray(0, last.body.length - separator.length);
  return bodyOf([open, ...filled.map(({ body }) => body), lastRows, close]);
}

/** These bytes one after the other. */
export function bodyOf(chunks: readonly Uint8Array[]): LoadBody {
  const filled = chunks.filter(({ length }) => length > 0);
  return { chunks: filled, length: filled.reduce((sum, { length }) => sum + length, 0) };
}
