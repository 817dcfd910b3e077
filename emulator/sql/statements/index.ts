import { type StatementHandler } from '../context.ts';
import { type TokenReader } from '../token-reader.ts';
import { alterTable } from './alter-table.ts';
import { createDatabase, dropDatabase, useDatabase } from './databases.ts';
import { describe } from './describe.ts';
import { deleteRows, updateRows } from './dml.ts';
import { insert } from './insert.ts';
import { query } from './query.ts';
import { accept, set } from './set.ts';
import { show } from './show.ts';
import { createTable, dropTable, truncateTable } from './tables.ts';
import { alterUser, createUser, dropUser, grant, revoke } from './users.ts';

/** Which handler takes a statement, by its first keywords. */
const STATEMENTS: readonly (readonly [readonly string[], StatementHandler])[] = [
  [['SELECT'], query],
  [['WITH'], query],
  [['('], query],
  [['INSERT', 'INTO'], insert],
  [['DELETE', 'FROM'], deleteRows],
  [['UPDATE'], updateRows],
  [['USE'], useDatabase],
  [['SHOW'], show],
  [['SET'], set],
  [['DESC'], describe],
  [['DESCRIBE'], describe],
  [['EXPLAIN'], describe],
  [['CREATE', 'DATABASE'], createDatabase],
  [['CREATE', 'SCHEMA'], createDatabase],
  [['DROP', 'DATABASE'], dropDatabase],
  [['DROP', 'SCHEMA'], dropDatabase],
  [['CREATE', 'TABLE'], createTable],
  [['DROP', 'TABLE'], dropTable],
  [['ALTER', 'TABLE'], alterTable],
  [['TRUNCATE', 'TABLE'], truncateTable],
  [['CREATE', 'USER'], createUser],
  [['ALTER', 'USER'], alterUser],
  [['DROP', 'USER'], dropUser],
  [['GRANT'], grant],
  [['REVOKE'], revoke],
  [['COMMIT'], accept],
  [['ROLLBACK'], accept],
  [['ADMIN', 'SET', 'FRONTEND', 'CONFIG'], accept],
];

/** Statements that read by themselves where they begin. */
const WHOLE: ReadonlySet<StatementHandler> = new Set([query]);

export function handlerFor(reader: TokenReader): StatementHandler | undefined {
  for (const [keywords, handler] of STATEMENTS) {
    if (!reader.at(...keywords)) continue;
    if (!WHOLE.has(handler)) reader.accept(...keywords);
    return handler;
  }
  return undefined;
}
