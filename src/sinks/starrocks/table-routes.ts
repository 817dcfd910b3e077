import { topicPattern } from '../../core/java-regex.ts';
import { type TableTarget } from '../../core/table-target.ts';

/** Which topic goes into which table. */
export interface TableRoutesOptions {
  /** The database of tables that name none. */
  readonly database: string;
  /** By topic: `table` or `database.table`. */
  readonly tables: Readonly<Record<string, string>>;
  /** For the topics without an entry there: the first rule whose pattern matches the whole name. */
  readonly rules: readonly { readonly topics: RegExp; readonly table: string }[];
}

/** The same with the patterns as the settings have them. */
export interface TableRouteSettings extends Omit<TableRoutesOptions, 'rules'> {
  readonly tableRules: readonly { readonly topics: string; readonly table: string }[];
}

/** Finds the table of a topic: by its name, by the first rule that matches it, or the one that is called like it. */
export class TableRoutes {
  readonly #options: TableRoutesOptions;
  readonly #targets = new Map<string, TableTarget>();

  constructor(options: TableRoutesOptions) {
    this.#options = options;
  }

  targetOf(topic: string): TableTarget {
    let target = this.#targets.get(topic);
    if (!target) {
      target = this.#find(topic);
      this.#targets.set(topic, target);
    }
    return target;
  }

  #find(topic: string): TableTarget {
    const { database, tables, rules } = this.#options;
    if (Object.hasOwn(tables, topic)) return tableTarget(tables[topic] ?? topic, database);
    for (const { topics, table } of rules) {
      if (!topics.test(topic)) continue;
      // A topic's name may hold dots, a table's may not: in what is captured they are no database.
      const named = table.split('.').map((part) => topic.replace(topics, part).replaceAll('.', '_'));
      return tableTarget(named.join('.'), database);
    }
    // StarRocks will refuse a table with a dot in its name; it is not taken for a table of another database.
    const name = topic.includes('.') ? `${database}.${topic}` : topic;
    return { name, database, table: topic };
  }
}

/** The tables of topics as the settings say. */
export function createTableRoutes({ database, tables, tableRules }: TableRouteSettings): TableRoutes {
  return new TableRoutes({
    database,
    tables,
    rules: tableRules.map(({ topics, table }) => ({ topics: topicPattern(topics), table })),
  });
}

/** A table as it is written in the settings: `table`, or `database.table`. */
export function tableTarget(written: string, ownDatabase: string): TableTarget {
  const dot = written.indexOf('.');
  const database = dot === -1 ? ownDatabase : written.slice(0, dot);
  const table = written.slice(dot + 1);
  return { name: database === ownDatabase ? table : `${database}.${table}`, database, table };
}
