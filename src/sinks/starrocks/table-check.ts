import { describeError } from '../../core/errors.ts';
import { newLoadLabel } from './load-label.ts';
import { type StreamLoadClient } from './stream-load-client.ts';
import { type LoadAnswer } from './stream-load-response.ts';

const NOT_PRIMARY_KEY = /only primary key table/i;

/** What keeps a table from being loaded: a person must act, or StarRocks must come up. */
export interface TableProblem {
  readonly kind: 'refused' | 'unavailable';
  readonly message: string;
}

/** What a question to StarRocks takes besides the table. */
export interface TableQuestion {
  /** The body of a load of no rows. */
  readonly emptyBody: string;
  readonly signal: AbortSignal;
}

/**
 * Asks StarRocks to plan a load of no rows: it checks the user, the database, the table, the INSERT privilege and every
 * header, and then refuses the load as empty. Nothing is written.
 *
 * @returns undefined when the table can be loaded.
 */
export function checkTable(
  client: StreamLoadClient,
  pipeline: string,
  table: string,
  question: TableQuestion,
): Promise<TableProblem | undefined> {
  return ask(client, pipeline, table, question, ({ verdict, message }) =>
    // A busy cluster is not a reason not to start; the loads will wait for it.
    verdict === 'refused' ? message : undefined,
  );
}

/**
 * Asks whether rows can be deleted from a table that can be loaded: it has to be a Primary Key table. Others take `__op`
 * for a field that they don't have, and append the row that was to be deleted.
 *
 * @param client - whose loads are partial updates, which StarRocks plans for Primary Key tables alone.
 */
export function checkDeletes(
  client: StreamLoadClient,
  pipeline: string,
  table: string,
  question: TableQuestion,
): Promise<TableProblem | undefined> {
  return ask(client, pipeline, table, question, ({ message }) =>
    NOT_PRIMARY_KEY.test(message)
      ? 'it is no Primary Key table, so that rows with `__op` 1 would be added to it and not deleted. Make it one, take what marks deletes out of `transforms`, or set `delete.mode` (in a pipeline file `deletes.mode`) to `ignore` or `soft`'
      : undefined,
  );
}

async function ask(
  client: StreamLoadClient,
  pipeline: string,
  table: string,
  { emptyBody, signal }: TableQuestion,
  problemOf: (answer: LoadAnswer) => string | undefined,
): Promise<TableProblem | undefined> {
  const body = { chunks: [Buffer.from(emptyBody)], length: emptyBody.length };
  try {
    const message = problemOf(await client.load(table, newLoadLabel(pipeline, table), body, signal));
    return message === undefined ? undefined : { kind: 'refused', message };
  } catch (error) {
    return { kind: 'unavailable', message: describeError(error) };
  }
}
