import { type StatementHandler } from '../context.ts';
import { ok } from '../result.ts';
import { SqlError } from '../sql-error.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,255}$/;
/** DuckDB's own schemas. */
const RESERVED: ReadonlySet<string> = new Set(['information_schema', 'main', 'temp', 'system', 'memory', 'pg_catalog']);

export const createDatabase: StatementHandler = async ({ cluster }, reader) => {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const name = reader.name();
  if (!NAME.test(name) || RESERVED.has(name.toLowerCase())) {
    throw new SqlError(1102, '42000', `Incorrect database name '${name}'`);
  }
  if (cluster.catalog.hasDatabase(name)) {
    if (ifNotExists) return ok();
    throw new SqlError(1007, 'HY000', `Can't create database '${name}'; database exists`);
  }
  await cluster.storage.createSchema(name);
  cluster.catalog.createDatabase(name);
  return ok();
};

export const dropDatabase: StatementHandler = async ({ cluster }, reader) => {
  const ifExists = reader.accept('IF', 'EXISTS');
  const name = reader.name();
  if (!cluster.catalog.hasDatabase(name)) {
    if (ifExists) return ok();
    throw new SqlError(1008, 'HY000', `Can't drop database '${name}'; database doesn't exist`);
  }
  cluster.catalog.dropDatabase(name);
  cluster.transactions.dropDatabase(name);
  await cluster.storage.dropSchema(name);
  return ok();
};

export const useDatabase: StatementHandler = async (context, reader) => {
  const name = reader.name();
  await context.use(reader.accept('.') ? reader.name() : name);
  return ok();
};
