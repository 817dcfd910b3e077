import { type SqlContext } from './context.ts';
import { type Cell } from './result.ts';

/** A table of information_schema, made anew for each query that names it. */
export interface Listing {
  readonly names: readonly string[];
  readonly rows: (context: SqlContext) => Cell[][];
}
