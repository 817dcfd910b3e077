import { type DuckDBConnection } from '@duckdb/node-api';
import { type Cluster } from '../cluster.ts';
import { type StatementResult } from './result.ts';
import { type SqlText } from './split-statements.ts';
import { type TokenReader } from './token-reader.ts';
import { type TranslateContext } from './translate.ts';

/** What a statement sees of the session that it runs in. */
export interface SqlContext {
  readonly cluster: Cluster;
  readonly user: string;
  readonly id: number;
  readonly connection: DuckDBConnection;
  readonly variables: Map<string, string>;
  readonly database: string | undefined;
  /** The current database; fails when there is none. */
  readonly requiredDatabase: string;
  readonly translateContext: TranslateContext;
  use(database: string): Promise<void>;
}

/** The reader stands after the keywords that chose the handler. */
export type StatementHandler = (
  context: SqlContext,
  reader: TokenReader,
  statement: SqlText,
) => Promise<StatementResult> | StatementResult;
