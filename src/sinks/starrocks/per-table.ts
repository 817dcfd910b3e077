import { type TableTarget } from '../../core/table-target.ts';

/** Makes something of each table once, when it is first asked for. */
export function perTable<T>(make: (target: TableTarget) => T): (target: TableTarget) => T {
  const made = new Map<string, T>();
  return (target) => {
    const found = made.get(target.name) ?? make(target);
    made.set(target.name, found);
    return found;
  };
}
