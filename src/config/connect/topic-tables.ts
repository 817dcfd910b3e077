import { type Findings, key, quote } from '../findings.ts';
import { type Entry, isReference, quoted } from './entries.ts';

/**
 * Reads `starrocks.topic2table.map`. The Java connector reports a mistake in it and then loads into tables called like the
 * topics; here each mistake is refused. Spaces and a trailing comma are fine, and so is any table name that Stream Load
 * takes: one letter, hyphens, Unicode; and a table of another database, as `topic:database.table`.
 */
export function topicTables(map: Entry, findings: Findings): Record<string, string> {
  const tables = new Map<string, string>();
  const shown = (item: string): string => (isReference(map) ? `of ${quoted(map)}` : quote(item));
  const entries = map.value.split(',').map((item) => item.trim());
  for (const item of entries) {
    if (item === '') continue;
    const [topic = '', table = '', ...more] = item.split(':').map((part) => part.trim());
    const fault = entryFault(topic, table, more, tables);
    if (fault !== undefined)
      findings.problems.push(`${key(map.key)} (${map.place}) has the entry ${shown(item)}, but ${fault}.`);
    else tables.set(topic, table);
  }
  return Object.fromEntries(tables);
}

function entryFault(
  topic: string,
  table: string,
  more: readonly string[],
  tables: ReadonlyMap<string, string>,
): string | undefined {
  if (topic === '' || table === '' || more.length > 0) return 'an entry must be `topic:table`, with one `:`';
  if (tables.has(topic)) return `the topic ${quote(topic)} already has the table ${quote(tables.get(topic))}`;
  if (table.includes('.') && !/^[^.]+\.[^.]+$/.test(table)) return 'a table must be `table` or `database.table`';
  if (/[\s/]/.test(table)) return 'the name of a table cannot hold a space or a slash';
  return undefined;
}
