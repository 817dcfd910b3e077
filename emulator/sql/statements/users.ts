import { type SqlContext, type StatementHandler } from '../context.ts';
import { ok, type StatementResult } from '../result.ts';
import { notEmulated, SqlError, syntaxError } from '../sql-error.ts';
import { type TokenReader } from '../token-reader.ts';

export const createUser: StatementHandler = ({ cluster }, reader) => {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const user = userName(reader);
  if (cluster.users.has(user)) {
    if (ifNotExists) return ok();
    throw new SqlError(1396, 'HY000', `Operation CREATE USER failed for '${user}'@'%' : user already exists`);
  }
  cluster.users.create(user, passwordClause(reader));
  return ok();
};

export const alterUser: StatementHandler = ({ cluster }, reader) => {
  const user = userName(reader);
  cluster.users.setPassword(user, passwordClause(reader));
  return ok();
};

export const dropUser: StatementHandler = ({ cluster }, reader) => {
  const ifExists = reader.accept('IF', 'EXISTS');
  const user = userName(reader);
  if (!cluster.users.drop(user) && !ifExists) {
    throw new SqlError(1396, 'HY000', `Operation DROP USER failed for '${user}'@'%' : user not exists`);
  }
  return ok();
};

/** `SET PASSWORD [FOR user] = PASSWORD('x')` */
export function setPassword(context: SqlContext, reader: TokenReader): StatementResult {
  const user = reader.accept('FOR') ? userName(reader) : context.user;
  reader.expect('=');
  const hashed = reader.accept('PASSWORD', '(');
  context.cluster.users.setPassword(user, reader.string());
  if (hashed) reader.expect(')');
  return ok();
}

export const grant: StatementHandler = (context, reader) => changeGrants(context, reader, 'TO');
export const revoke: StatementHandler = (context, reader) => changeGrants(context, reader, 'FROM');

/** INSERT is the privilege that loads need; every user may read, and others are taken note of without effect. */
function changeGrants(context: SqlContext, reader: TokenReader, preposition: 'TO' | 'FROM'): StatementResult {
  const privileges = new Set<string>();
  while (!reader.done && !reader.at('ON')) privileges.add(reader.next().text.toUpperCase());
  if (!reader.accept('ON')) throw notEmulated('granting roles');
  const [database, table] = grantTarget(context, reader);
  reader.expect(preposition);
  reader.accept('USER');
  const user = userName(reader);
  if (!context.cluster.users.has(user)) throw new SqlError(1064, '42000', `cannot find user '${user}'@'%'`);
  if (!privileges.has('INSERT') && !privileges.has('ALL')) return ok();
  if (preposition === 'TO') context.cluster.users.grantInsert(user, database, table);
  else context.cluster.users.revokeInsert(user, database, table);
  return ok();
}

/** `db.tbl`, `TABLE db.tbl`, `ALL TABLES IN DATABASE db`, `ALL TABLES IN ALL DATABASES`, `*.*` */
function grantTarget(context: SqlContext, reader: TokenReader): readonly [string, string] {
  if (reader.accept('ALL')) {
    while (!reader.done && !reader.at('IN') && !reader.at('TO')) reader.next();
    if (!reader.accept('IN') || reader.accept('ALL', 'DATABASES')) return ['*', '*'];
    reader.expect('DATABASE');
    return [reader.name(), '*'];
  }
  if (!reader.accept('TABLE')) reader.accept('TABLES');
  const first = reader.accept('*') ? '*' : reader.name();
  if (!reader.accept('.')) return [context.requiredDatabase, first];
  return [first, reader.accept('*') ? '*' : reader.name()];
}

/** `name`, `'name'@'host'`; the host is not looked at. */
function userName(reader: TokenReader): string {
  const token = reader.next();
  if (token.kind === 'symbol' || token.kind === 'number')
    throw syntaxError(`expected a user but found "${token.text}"`);
  if (reader.accept('@')) reader.next();
  else if (reader.peek()?.kind === 'variable') reader.next();
  return token.text;
}

function passwordClause(reader: TokenReader): string {
  if (!reader.accept('IDENTIFIED')) return '';
  if (reader.accept('WITH')) {
    const plugin = reader.name();
    if (plugin.toLowerCase() !== 'mysql_native_password') throw notEmulated(`authentication plugin ${plugin}`);
    if (!reader.accept('BY') && !reader.accept('AS')) return '';
    return reader.string();
  }
  reader.expect('BY');
  if (reader.at('PASSWORD')) throw notEmulated('IDENTIFIED BY PASSWORD with a hash');
  return reader.string();
}
