import { COLUMNS, SCHEMATA, TABLES, TABLES_CONFIG } from './catalog-listings.ts';
import { type SqlContext } from './context.ts';
import { type Token } from './lexer.ts';
import { type Listing } from './listing.ts';
import { LOAD_TRACKING_LOGS, LOADS } from './load-listings.ts';
import { notEmulated } from './sql-error.ts';
import { textTable } from './text-table.ts';
import { isText } from './token-reader.ts';
import { informationSchemaTable } from './translate.ts';

/** Columns that clients do arithmetic or ordering on. */
const NUMBERS: ReadonlySet<string> = new Set([
  'ORDINAL_POSITION',
  'COLUMN_SIZE',
  'DECIMAL_DIGITS',
  'NUMERIC_PRECISION',
  'NUMERIC_SCALE',
  'CHARACTER_MAXIMUM_LENGTH',
  'DATETIME_PRECISION',
  'TABLE_ROWS',
  'DISTRIBUTE_BUCKET',
  'TABLE_ID',
  'JOB_ID',
  'SCAN_ROWS',
  'SCAN_BYTES',
  'FILTERED_ROWS',
  'UNSELECTED_ROWS',
  'SINK_ROWS',
]);

/** Puts the tables of information_schema that a query names where the translated query finds them. */
export async function loadInformationSchema(context: SqlContext, tokens: readonly Token[]): Promise<void> {
  for (const [index, token] of tokens.entries()) {
    if (token.text.toLowerCase() !== 'information_schema' || !isText(tokens[index + 1], '.')) continue;
    const name = tokens[index + 2]?.text.toLowerCase() ?? '';
    const listing = LISTINGS.get(name);
    if (listing === undefined) throw notEmulated(`information_schema.${name}`);
    const columns = listing.names.map((column) =>
      NUMBERS.has(column) ? `CAST(${column} AS BIGINT) AS ${column}` : column,
    );
    const source = textTable(listing.names, listing.rows(context));
    await context.connection.run(
      `CREATE OR REPLACE TEMP TABLE ${informationSchemaTable(name)} AS SELECT ${columns.join(', ')} FROM (${source})`,
    );
  }
}

const LISTINGS: ReadonlyMap<string, Listing> = new Map([
  ['columns', COLUMNS],
  ['tables_config', TABLES_CONFIG],
  ['tables', TABLES],
  ['schemata', SCHEMATA],
  ['loads', LOADS],
  ['load_tracking_logs', LOAD_TRACKING_LOGS],
]);
