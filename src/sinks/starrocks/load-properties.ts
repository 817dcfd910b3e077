import { type TableTarget } from '../../core/table-target.ts';
import { tableTarget } from './table-routes.ts';

/** What the settings say of the Stream Load headers. */
export interface LoadPropertySettings {
  readonly database: string;
  readonly format: 'json' | 'csv';
  /** For every load. */
  readonly properties: Readonly<Record<string, string>>;
  /** By table: those that take the place of them. */
  readonly tableProperties: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The Stream Load headers of a table's loads. */
export function loadProperties(
  { database, format, properties, tableProperties }: LoadPropertySettings,
  { name }: TableTarget,
): Readonly<Record<string, string>> {
  const own = Object.entries(tableProperties).find(([written]) => tableTarget(written, database).name === name);
  return { ...properties, ...own?.[1], format };
}

/** Whether these headers map fields to columns in a way of their own, so that the names of fields say nothing of columns. */
export function mapsFields({ columns, jsonpaths }: Readonly<Record<string, string>>): boolean {
  return jsonpaths !== undefined || columns?.includes('=') === true;
}
