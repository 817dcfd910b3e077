import { describeError } from '../../core/errors.ts';
import { newLoadLabel } from './load-label.ts';
import { type StreamLoadClient } from './stream-load-client.ts';

/** What keeps a table from being loaded: a person must act, or StarRocks must come up. */
export interface TableProblem {
  readonly kind: 'refused' | 'unavailable';
  readonly message: string;
}

/**
 * Asks StarRocks to plan a load of no rows: it checks the user, the database, the table, the INSERT privilege and every
 * header, and then refuses the load as empty. Nothing is written.
 *
 * @returns undefined when the table can be loaded.
 */
export async function checkTable(
  client: StreamLoadClient,
  pipeline: string,
  table: string,
  { emptyBody, signal }: { readonly emptyBody: string; readonly signal: AbortSignal },
): Promise<TableProblem | undefined> {
  const body = { chunks: [Buffer.from(emptyBody)], length: emptyBody.length };
  try {
    const answer = await client.load(table, newLoadLabel(pipeline, table), body, signal);
    switch (answer.verdict) {
      case 'refused':
        return { kind: 'refused', message: answer.message };
      // A busy cluster is not a reason not to start; the loads will wait for it.
      case 'retry':
      case 'running':
      case 'ambiguous':
      case 'rejected':
      case 'loaded':
        return undefined;
    }
  } catch (error) {
    return { kind: 'unavailable', message: describeError(error) };
  }
}
