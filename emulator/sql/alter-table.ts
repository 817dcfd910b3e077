import { type Column, type Table } from '../catalog/table.ts';
import { type AlterClause, type Position } from '../schema-change/alter-clause.ts';
import { parseColumn } from './parse-column.ts';
import { notEmulated } from './sql-error.ts';
import { type TokenReader } from './token-reader.ts';

/** The clauses after `ALTER TABLE name`, as far as they change columns. */
export function parseAlterClauses(reader: TokenReader, table: Table): AlterClause[] {
  const clauses: AlterClause[] = [];
  do {
    clauses.push(...parseClause(reader, table));
  } while (reader.accept(','));
  reader.expectEnd();
  return clauses;
}

function parseClause(reader: TokenReader, table: Table): AlterClause[] {
  if (reader.accept('ADD', 'COLUMN')) return parseAdd(reader, table);
  if (reader.accept('DROP', 'COLUMN')) return [{ kind: 'drop', column: reader.name() }];
  if (reader.accept('MODIFY', 'COLUMN')) {
    const column = readColumn(reader, table);
    return [{ kind: 'modify', column, position: parsePosition(reader) }];
  }
  if (reader.accept('RENAME', 'COLUMN')) {
    const from = reader.name();
    reader.expect('TO');
    return [{ kind: 'rename', from, to: reader.name() }];
  }
  throw notEmulated(
    `ALTER TABLE … ${[reader.peek(), reader.peek(1)].map((token) => token?.text.toUpperCase() ?? '').join(' ')}`,
  );
}

function parseAdd(reader: TokenReader, table: Table): AlterClause[] {
  if (!reader.accept('(')) {
    const column = readColumn(reader, table);
    return [{ kind: 'add', column, position: parsePosition(reader) ?? { kind: 'last' } }];
  }
  const clauses: AlterClause[] = [];
  do {
    clauses.push({ kind: 'add', column: readColumn(reader, table), position: { kind: 'last' } });
  } while (reader.accept(','));
  reader.expect(')');
  return clauses;
}

function readColumn(reader: TokenReader, table: Table): Column {
  const spec = parseColumn(reader);
  const keyByModel = table.model === 'AGG_KEYS' && spec.aggregation === undefined;
  return { ...spec, key: spec.key || keyByModel, nullable: spec.nullable ?? !spec.autoIncrement };
}

function parsePosition(reader: TokenReader): Position | undefined {
  if (reader.accept('FIRST')) return { kind: 'first' };
  return reader.accept('AFTER') ? { kind: 'after', column: reader.name() } : undefined;
}
