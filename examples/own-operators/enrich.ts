// Adds what an HTTP service knows of a column's value: several questions at once, each asked once, and asked again when
// the service doesn't answer. Rows keep their order.
//   transforms:
//     - operator: ./enrich.js
//       options: { url: "http://127.0.0.1:8040/customers/{}", column: customer }
import {
  catchError,
  defer,
  map,
  type Observable,
  type OperatorFunction,
  retry,
  shareReplay,
  throwError,
  timeout,
  timer,
} from 'rxjs';
import { fromFetch } from 'rxjs/fetch';
import { type KafkaRecord, mapAsync, type RecordOperatorFactory, type Row, UnavailableError } from 'tributary';
import { z } from 'zod';

export const options = z.strictObject({
  /** Where {} stands for the column's value. It answers with a JSON object, whose fields are added, or with 404. */
  url: z.url().includes('{}'),
  column: z.string(),
  concurrency: z.int().min(1).default(8),
  /** Answers that are remembered. */
  cache: z.int().min(1).default(10_000),
  /** How often a question is repeated, with growing pauses, before the table stops. */
  retries: z.int().min(0).default(10),
  timeoutMs: z.int().min(1).default(5_000),
});

type Options = z.output<typeof options>;

/** Asks what is known of a key: an UnavailableError when nobody answers, and any other error when the key is bad. */
export type LookUp = (key: string) => Observable<Row>;

/** The operator without HTTP, so that a test can ask something else. */
export function enrichBy(
  lookUp: LookUp,
  { column, concurrency, cache, retries, timeoutMs }: Omit<Options, 'url'>,
): OperatorFunction<KafkaRecord<Row>, KafkaRecord<Row>> {
  const answers = new Map<string, Observable<Row>>();
  const ask = (key: string): Observable<Row> =>
    defer(() => lookUp(key)).pipe(
      timeout({
        first: timeoutMs,
        with: () => throwError(() => new UnavailableError(`There is no answer within ${timeoutMs} ms.`)),
      }),
      retry({
        count: retries,
        delay: (error, attempt) =>
          error instanceof UnavailableError
            ? timer(Math.min(100 * 2 ** attempt, 10_000))
            : throwError(() => error as Error),
      }),
    );
  const known = (key: string): Observable<Row> => {
    const found = answers.get(key) ?? ask(key).pipe(shareReplay({ bufferSize: 1, refCount: true }));
    // The latest ones stand at the end.
    answers.delete(key);
    answers.set(key, found);
    for (const oldest of answers.keys()) {
      if (answers.size <= cache) break;
      answers.delete(oldest);
    }
    return found;
  };
  return mapAsync(concurrency, (record) =>
    known(String(record.value[column])).pipe(map((answer) => ({ ...record, value: { ...record.value, ...answer } }))),
  );
}

/** Asks a URL. What is under way is cut when nobody waits for it any more. */
function httpLookUp(url: string): LookUp {
  return (key) =>
    fromFetch(url.replace('{}', encodeURIComponent(key)), { selector: read }).pipe(
      catchError((error: unknown) => {
        // What fetch itself throws: nobody listens there, or the connection broke.
        throw error instanceof TypeError ? new UnavailableError(`${url} does not answer.`, { cause: error }) : error;
      }),
    );
}

async function read(response: Response): Promise<Row> {
  if (response.ok) return (await response.json()) as Row;
  await response.body?.cancel();
  if (response.status === 404) return {};
  const what = `${response.url} answers with status ${response.status}.`;
  throw response.status >= 500 || response.status === 429 ? new UnavailableError(what) : new Error(what);
}

const enrich: RecordOperatorFactory<Options> = (given) => enrichBy(httpLookUp(given.url), given);

export default enrich;
