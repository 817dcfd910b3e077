export const NO_INSERT_PRIVILEGE =
  'Access denied; you need (at least one of) the INSERT privilege(s) for this operation';

interface User {
  readonly password: string;
  readonly admin: boolean;
  /** `db.table`, `db.*` or `*.*`. */
  readonly insertOn: Set<string>;
}

/** The cluster's users and their INSERT privileges; every user may read, as access to reads is not what a loader depends on. */
export class Users {
  readonly #users = new Map<string, User>();

  create(name: string, password: string, admin = false): void {
    this.#users.set(name, { password, admin, insertOn: new Set() });
  }

  drop(name: string): boolean {
    return this.#users.delete(name);
  }

  has(name: string): boolean {
    return this.#users.has(name);
  }

  names(): string[] {
    return [...this.#users.keys()];
  }

  setPassword(name: string, password: string): void {
    const user = this.#users.get(name);
    if (user !== undefined) this.#users.set(name, { ...user, password });
  }

  passwordOf(name: string): string | undefined {
    return this.#users.get(name)?.password;
  }

  grantInsert(name: string, database: string, table: string): void {
    this.#users.get(name)?.insertOn.add(`${database}.${table}`);
  }

  revokeInsert(name: string, database: string, table: string): void {
    this.#users.get(name)?.insertOn.delete(`${database}.${table}`);
  }

  /** `db.table` patterns that the user may load into. */
  insertGrants(name: string): string[] {
    const user = this.#users.get(name);
    return user === undefined ? [] : user.admin ? ['*.*'] : [...user.insertOn];
  }

  mayInsert(name: string, database: string, table: string): boolean {
    const user = this.#users.get(name);
    if (user === undefined) return false;
    return user.admin || [`${database}.${table}`, `${database}.*`, '*.*'].some((grant) => user.insertOn.has(grant));
  }
}
