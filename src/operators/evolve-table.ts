import { Observable, type OperatorFunction, of } from 'rxjs';
import { type ConnectSchema, type SchemaAndValue, type StructSchema } from '../core/connect-data.ts';
import { ConnectRecord } from '../core/connect-record.ts';
import { OP_FIELD } from '../core/delete-rows.ts';
import { type RecordBatch } from '../core/record-batch.ts';
import { type TableEvolution, type WantedColumn, type WantedTable } from '../core/table-evolution.ts';
import { columnTypeOf } from './encode/column-types.ts';
import { perSchema } from './per-schema.ts';
import { stackSafeMergeMap } from './stack-safe-merge-map.ts';

/** What is wanted of a table besides the fields of its records' values. */
export interface EvolveOptions {
  /** Columns that rows get from elsewhere; they take the place of fields of the same name. */
  readonly added: readonly WantedColumn[];
  /** The fields that tell rows apart; without any, those of the record's key do. */
  readonly keyFields: readonly string[];
}

/** What makes the table fit that a record names, the partition's own for undefined; undefined for a table that stays as it is. */
export type EvolutionOf = (name: string | undefined) => TableEvolution | undefined;

/**
 * Holds the records of a schema that their table does not fit until it does. Those that came before go on, so that rows
 * without the new columns are loaded meanwhile, and those behind wait in their order.
 *
 * Records without a schema have no types, and ask for nothing.
 */
export function evolveTable<T extends SchemaAndValue>(
  evolutionOf: EvolutionOf,
  options: EvolveOptions,
): OperatorFunction<RecordBatch<T>, RecordBatch<T>> {
  const wantedOf = wantedTables(options);
  return stackSafeMergeMap((batch) => {
    const missing = [...wantedIn(batch, wantedOf)].flatMap(([name, wanted]): Missing[] => {
      const evolution = evolutionOf(name);
      return evolution
        ? [...wanted].filter((one) => !evolution.fits(one)).map((one) => ({ evolution, wanted: one }))
        : [];
    });
    return missing.length === 0 ? of(batch) : onceEvolved(batch, missing);
  }, 1);
}

type WantedOf = (record: SchemaAndValue) => WantedTable | undefined;

/** What a table lacks. */
interface Missing {
  readonly evolution: TableEvolution;
  readonly wanted: WantedTable;
}

/** What is wanted of each table that the records name; undefined for their partition's own. */
function wantedIn(
  { records }: RecordBatch<SchemaAndValue>,
  wantedOf: WantedOf,
): Map<string | undefined, Set<WantedTable>> {
  const found = new Map<string | undefined, Set<WantedTable>>();
  for (let index = 0; index < records.length; index++) {
    const wanted = wantedOf(records.value(index));
    if (!wanted) continue;
    const name = records.table?.(index);
    const ofTable = found.get(name) ?? new Set();
    found.set(name, ofTable.add(wanted));
  }
  return found;
}

/** The partition that is taken away stops waiting. */
function onceEvolved<T>(batch: T, missing: readonly Missing[]): Observable<T> {
  return new Observable((subscriber) => {
    const gone = new AbortController();
    const evolve = async (): Promise<void> => {
      for (const { evolution, wanted } of missing) await evolution.evolve(wanted, gone.signal);
    };
    evolve().then(
      () => {
        subscriber.next(batch);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => gone.abort(new Error('The partition was taken away.'));
  });
}

/** What the table of a record needs, the same object for records of the same schemas. */
function wantedTables({ added, keyFields }: EvolveOptions): WantedOf {
  const bySchema = perSchema((schema: ConnectSchema) => {
    const columns = columnsOf(schema, added);
    return {
      isRow: columns !== undefined,
      keyless: { columns: columns ?? [], keys: keyFields },
      keyed: perSchema((key: StructSchema): WantedTable => ({ columns: columns ?? [], keys: namesOf(key) })),
    };
  });
  return (record) => {
    if (record.schema === null || record.value === null) return undefined;
    const { isRow, keyless, keyed } = bySchema(record.schema);
    if (!isRow) return undefined;
    const key = record instanceof ConnectRecord ? record.key.schema : null;
    return keyFields.length === 0 && key?.type === 'struct' ? keyed(key) : keyless;
  };
}

/** An array makes a row of each of its structs. Text and maps have no fields that a schema tells. */
function columnsOf(schema: ConnectSchema, added: readonly WantedColumn[]): readonly WantedColumn[] | undefined {
  if (schema.type === 'array') return schema.items === null ? undefined : columnsOf(schema.items, added);
  if (schema.type !== 'struct') return undefined;
  const own = schema.fields.filter(({ name }) => name !== OP_FIELD && !added.some((column) => column.name === name));
  return [...own.map(({ name, schema: inner }) => ({ name, type: columnTypeOf(inner), comment: inner.doc })), ...added];
}

function namesOf({ fields }: StructSchema): string[] {
  return fields.map(({ name }) => name);
}
