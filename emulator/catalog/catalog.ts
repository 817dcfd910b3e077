import { SqlError } from '../sql/sql-error.ts';
import { type Table, type TableDefinition } from './table.ts';

interface Database {
  readonly id: number;
  readonly name: string;
  readonly tables: Map<string, Table>;
}

/** Databases and tables by name. Names are case-sensitive, as they are in StarRocks. */
export class Catalog {
  readonly #databases = new Map<string, Database>();
  #nextId = 10_001;

  createDatabase(name: string): void {
    this.#databases.set(name, { id: this.#nextId++, name, tables: new Map() });
  }

  dropDatabase(name: string): void {
    this.#databases.delete(name);
  }

  hasDatabase(name: string): boolean {
    return this.#databases.has(name);
  }

  databaseId(name: string): number {
    return this.#database(name).id;
  }

  databaseNames(): string[] {
    return [...this.#databases.keys()].sort();
  }

  tables(database: string): Table[] {
    return [...this.#database(database).tables.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  table(database: string, name: string): Table | undefined {
    return this.#databases.get(database)?.tables.get(name);
  }

  /** The table, or the error that a statement about a missing one gets. */
  requireTable(database: string, name: string): Table {
    const table = this.#database(database).tables.get(name);
    if (table === undefined) throw new SqlError(1146, '42S02', `Unknown table '${database}.${name}'`);
    return table;
  }

  addTable(database: string, definition: TableDefinition, createdAt: number): Table {
    const table: Table = { ...definition, id: this.#nextId++, database, createdAt };
    this.#database(database).tables.set(table.name, table);
    return table;
  }

  /** Puts a changed definition in the table's place; loads that hold the old object keep their old schema. */
  replaceTable(table: Table): void {
    this.#database(table.database).tables.set(table.name, table);
  }

  dropTable(database: string, name: string): void {
    this.#database(database).tables.delete(name);
  }

  #database(name: string): Database {
    const database = this.#databases.get(name);
    if (database === undefined) throw new SqlError(1049, '42000', `Unknown database '${name}'`);
    return database;
  }
}
