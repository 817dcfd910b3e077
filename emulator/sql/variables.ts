import { quoteText } from '../catalog/column-type.ts';
import { type SqlContext } from './context.ts';

/** What clients and drivers ask for when they connect, with the values of a StarRocks FE. */
const SYSTEM: ReadonlyMap<string, string> = new Map([
  ['auto_increment_increment', '1'],
  ['autocommit', '1'],
  ['character_set_client', 'utf8mb3'],
  ['character_set_connection', 'utf8mb3'],
  ['character_set_database', 'utf8mb3'],
  ['character_set_results', 'utf8mb3'],
  ['character_set_server', 'utf8mb3'],
  ['collation_connection', 'utf8mb3_general_ci'],
  ['collation_database', 'utf8mb3_general_ci'],
  ['collation_server', 'utf8mb3_general_ci'],
  ['init_connect', ''],
  ['interactive_timeout', '3600'],
  ['language', '/starrocks/share/english/'],
  ['license', 'Apache License 2.0'],
  ['lower_case_table_names', '0'],
  ['max_allowed_packet', '33554432'],
  ['net_buffer_length', '16384'],
  ['net_write_timeout', '60'],
  ['performance_schema', '0'],
  ['query_cache_size', '1048576'],
  ['query_cache_type', '0'],
  ['query_timeout', '300'],
  ['sql_mode', 'ONLY_FULL_GROUP_BY'],
  ['sql_safe_updates', '0'],
  ['sql_select_limit', '9223372036854775807'],
  ['system_time_zone', 'UTC'],
  ['time_zone', 'UTC'],
  ['transaction_isolation', 'REPEATABLE-READ'],
  ['transaction_read_only', '0'],
  ['tx_isolation', 'REPEATABLE-READ'],
  ['tx_read_only', '0'],
  ['version', '8.0.33'],
  ['wait_timeout', '28800'],
]);

/** `@@name`, `@@session.name`, `@name`, and the functions that only a session answers, as SQL literals. */
export function sessionVariable(context: SqlContext, reference: string): string | undefined {
  const name = reference
    .replace(/^@+/, '')
    .replace(/^(session|global)\./i, '')
    .toLowerCase();
  if (name === 'connection_id') return String(context.id);
  if (name === 'current_version') return quoteText(context.cluster.versionText);
  if (name === 'version_comment') return quoteText(`StarRocks version ${context.cluster.versionText}`);
  const value = context.variables.get(name) ?? SYSTEM.get(name);
  if (value === undefined) return reference.startsWith('@@') ? undefined : 'NULL';
  return /^-?\d+$/.test(value) ? value : quoteText(value);
}

export function allVariables(context: SqlContext): [string, string][] {
  const all = new Map([
    ...SYSTEM,
    ['version_comment', `StarRocks version ${context.cluster.versionText}`],
    ...context.variables,
  ]);
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}
