import { type IncomingMessage } from 'node:http';
import { type Table } from '../catalog/table.ts';
import { NO_INSERT_PRIVILEGE } from '../catalog/users.ts';
import { type Cluster } from '../cluster.ts';
import { basicCredentials } from '../http/basic-auth.ts';
import { booleanHeader, header } from '../load/header-values.ts';
import { LoadError } from '../load/load-error.ts';
import { parseFormat } from '../load/load-format.ts';

/** The checks that both interfaces of a BE make before they begin or fill a transaction, in StarRocks' order (§1.3). */

export function requireCredentials(request: IncomingMessage): { readonly user: string; readonly password: string } {
  const credentials = basicCredentials(request);
  if (credentials === undefined) throw new LoadError('no valid Basic authorization');
  return credentials;
}

export function checkBodySize(cluster: Cluster, request: IncomingMessage, receivedBefore = 0): void {
  const length = request.headers['content-length'];
  if (length === undefined) return;
  const { maxBodyBytes, maxJsonBytes } = cluster.limits;
  const size = Number(length) + receivedBefore;
  if (size > maxBodyBytes) throw bodyTooLarge(size, maxBodyBytes);
  if (
    parseFormat(request.headers).format !== 'json' ||
    header(request.headers, 'ignore_json_size')?.toLowerCase() === 'true'
  )
    return;
  if (size > maxJsonBytes) {
    throw new LoadError(
      `The size of this batch exceed the max size [${maxJsonBytes}]  of json type data  data [ ${size} ]. Set ignore_json_size to skip the check, although it may lead huge memory consuming.`,
    );
  }
}

export function bodyTooLarge(size: number, limit: number): LoadError {
  return new LoadError(
    `body size ${size} exceed limit: ${limit}, You can increase the limit by setting streaming_load_max_mb in be.conf.`,
  );
}

export function timeoutHeader(cluster: Cluster, request: IncomingMessage): number {
  const text = header(request.headers, 'timeout');
  if (text === undefined) return cluster.limits.loadTimeoutMs;
  if (!/^[+-]?\d+$/.test(text.trim())) throw new LoadError('Invalid timeout format');
  return Number(text) * 1000;
}

/** Whether the load asks to be merged with others. Releases before 3.4 do not know the header. */
export function wantsMergeCommit({ version }: Cluster, { headers }: IncomingMessage): boolean {
  if (!version.atLeast(3, 4)) return false;
  const value = header(headers, 'enable_merge_commit') ?? 'false';
  const complaint = `Invalid parameter enable_merge_commit. The value must be bool type, but is ${value}`;
  return booleanHeader(headers, 'enable_merge_commit', complaint);
}

/** What the FE leader looks at when a transaction begins. */
export function requireLoadTarget(cluster: Cluster, request: IncomingMessage, database: string, table: string): string {
  const { user, password } = requireCredentials(request);
  if (cluster.users.passwordOf(user) !== password) {
    throw new LoadError(`Access denied for ${user}@${request.socket.remoteAddress ?? ''}`, 'NOT_AUTHORIZED');
  }
  if (!cluster.catalog.hasDatabase(database))
    throw new LoadError(`unknown database, database=${database}`, 'ANALYSIS_ERROR');
  if (!cluster.users.mayInsert(user, database, table)) {
    throw new LoadError(`${NO_INSERT_PRIVILEGE} on TABLE ${table} to USER ${user}`, 'NOT_AUTHORIZED');
  }
  requireTable(cluster, database, table);
  return user;
}

export function requireTable(cluster: Cluster, database: string, table: string): Table {
  const found = cluster.catalog.table(database, table);
  if (found === undefined) throw new LoadError(`unknown table "${database}.${table}"`, 'ANALYSIS_ERROR');
  return found;
}
