import { type TableTarget } from './table-target.ts';

/** Bytes that the tables of one load may take where its decision is kept: Kafka has room for 4,096 in all. */
const ROOM = 2_400;

/**
 * The tables of one load besides its first. There can be only so many, because the load's decision names all of them.
 */
export class LoadTables {
  readonly #names = new Set<string>();
  #bytes = 0;

  /**
   * Adds these tables, unless there is no room for all of them.
   *
   * @returns whether there is.
   */
  add(targets: Iterable<TableTarget>): boolean {
    const added = new Map<string, number>();
    for (const target of targets) if (!this.#names.has(target.name)) added.set(target.name, bytesOf(target));
    const bytes = this.#bytes + [...added.values()].reduce((sum, size) => sum + size, 0);
    if (bytes > ROOM) return false;
    for (const name of added.keys()) this.#names.add(name);
    this.#bytes = bytes;
    return true;
  }
}

/** With quotes, the dot and a comma. */
function bytesOf({ database, table }: TableTarget): number {
  return Buffer.byteLength(JSON.stringify(`${database}.${table}`)) + 1;
}
