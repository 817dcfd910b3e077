import { type IncomingMessage } from 'node:http';
import { NO_INSERT_PRIVILEGE } from '../catalog/users.ts';
import { type Cluster } from '../cluster.ts';
import { basicCredentials } from '../http/basic-auth.ts';

/** Refused with 401 (§1.4). */
export class AccessDeniedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AccessDeniedError';
  }
}

/** The name of the user who sent the request. */
export function authenticate(cluster: Cluster, request: IncomingMessage): string {
  const credentials = basicCredentials(request);
  if (credentials === undefined) throw new AccessDeniedError('Need auth information.');
  const { user, password } = credentials;
  if (cluster.users.passwordOf(user) !== password) {
    throw new AccessDeniedError(`Access denied for ${user}@${request.socket.remoteAddress ?? 'unknown'}`);
  }
  return user;
}

export function requireInsert(cluster: Cluster, user: string, database: string, table: string): void {
  if (!cluster.users.mayInsert(user, database, table)) {
    throw new AccessDeniedError(`${NO_INSERT_PRIVILEGE} on TABLE ${table}`);
  }
}
