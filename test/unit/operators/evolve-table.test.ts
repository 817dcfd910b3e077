import { from, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../src/core/column-type.ts';
import { type ConnectSchema, type SchemaAndValue, type StructSchema } from '../../../src/core/connect-data.ts';
import { type RecordBatch, withTables } from '../../../src/core/record-batch.ts';
import { type TableEvolution, type WantedTable } from '../../../src/core/table-evolution.ts';
import { evolveTable } from '../../../src/operators/evolve-table.ts';
import { connectRecord } from '../../support/connect-records.ts';
import { eventually } from '../../support/eventually.ts';
import { batchOf, valuesOf } from '../../support/records.ts';
import { emitted } from '../../support/through.ts';

const INT: ConnectSchema = { type: 'int32', optional: false };

function struct(...names: readonly string[]): StructSchema {
  return { type: 'struct', optional: false, fields: names.map((name) => ({ name, schema: INT })) };
}

function record(schema: ConnectSchema | null, value: SchemaAndValue['value'] = {}): SchemaAndValue {
  return { schema, value };
}

/** A table that fits what it was evolved for, which each time waits for a word. */
class FakeTable implements TableEvolution {
  readonly wanted: WantedTable[] = [];
  readonly signals: AbortSignal[] = [];
  readonly #fitting = new Set<WantedTable>();
  readonly #go: (() => void)[] = [];

  fits(wanted: WantedTable): boolean {
    return this.#fitting.has(wanted);
  }

  evolve(wanted: WantedTable, signal: AbortSignal): Promise<void> {
    this.wanted.push(wanted);
    this.signals.push(signal);
    return new Promise((resolve, reject) => {
      this.#go.push(() => {
        this.#fitting.add(wanted);
        resolve();
      });
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }

  /** The table has been changed as asked last. */
  changed(): void {
    this.#go.shift()?.();
  }

  names(): string[][] {
    return this.wanted.map(({ columns }) => columns.map(({ name }) => name));
  }
}

function through(table: TableEvolution, options = { added: [] as WantedTable['columns'], keyFields: [] as string[] }) {
  const mailbox = new Subject<RecordBatch<SchemaAndValue>>();
  const out: RecordBatch<SchemaAndValue>[] = [];
  const subscription = mailbox.pipe(evolveTable(() => table, options)).subscribe({
    next: (batch) => out.push(batch),
    error: (error: unknown) => expect.unreachable(String(error)),
  });
  return { mailbox, out, subscription };
}

describe('records whose table has to change', () => {
  it('wait with all that is behind them, and what came before goes on', async () => {
    const table = new FakeTable();
    const { mailbox, out } = through(table);
    const [v1, v2] = [struct('id'), struct('id', 'x')];
    const batches = [[v1], [v1, v2], [v1]].map((schemas) => batchOf(schemas.map((schema) => record(schema))));
    for (const batch of batches) mailbox.next(batch);
    expect(out).toHaveLength(0);
    table.changed();
    await eventually(() => expect(out).toHaveLength(1));
    expect(table.names()).toEqual([['id'], ['id', 'x']]);
    table.changed();
    await eventually(() => expect(out).toEqual(batches));
    expect(table.wanted).toHaveLength(2);
  });

  it('go on at once when the table has everything', () => {
    const { mailbox, out } = through({ fits: () => true, evolve: () => Promise.reject(new Error('not needed')) });
    const batch = batchOf([record(struct('id'))]);
    mailbox.next(batch);
    expect(out).toEqual([batch]);
  });

  it.each<[string, SchemaAndValue]>([
    ['without a schema', record(null, { id: 1 })],
    ['without a value', record(struct('id'), null)],
    ['of text', record({ type: 'string', optional: false }, '{}')],
    ['of a map', record({ type: 'map', optional: false, keys: INT, values: INT }, new Map())],
    ['of an array of anything', record({ type: 'array', optional: false, items: null }, [])],
  ])('ask for nothing %s', async (_, value) => {
    const table = new FakeTable();
    const batch = batchOf([value]);
    expect(await emitted(from([batch]).pipe(evolveTable(() => table, { added: [], keyFields: [] })))).toEqual([batch]);
    expect(table.wanted).toEqual([]);
  });

  it('bring the fields of structs in an array, but not the mark of deletes', () => {
    const table = new FakeTable();
    const { mailbox } = through(table);
    mailbox.next(batchOf([record({ type: 'array', optional: false, items: struct('id', '__op') }, [])]));
    expect(table.names()).toEqual([['id']]);
  });

  it('bring columns that rows get from elsewhere, in the place of fields of that name', () => {
    const table = new FakeTable();
    const type = parseColumnType('bigint(20)');
    const { mailbox } = through(table, { added: [{ name: 'at', type }], keyFields: [] });
    mailbox.next(batchOf([record(struct('at', 'id'))]));
    expect(table.wanted[0]?.columns.map(({ name, type: { kind } }) => [name, kind])).toEqual([
      ['id', 'integer'],
      ['at', 'integer'],
    ]);
    expect(table.wanted[0]?.columns[1]?.type).toBe(type);
  });

  it('say what tells rows apart: the fields that are set, or those of their key', () => {
    const keyed = connectRecord({}, { schema: struct('id', 'n'), key: { schema: struct('id'), value: { id: 1 } } });
    const keys = (keyFields: string[], value: SchemaAndValue): readonly string[] | undefined => {
      const table = new FakeTable();
      const { mailbox } = through(table, { added: [], keyFields });
      mailbox.next(batchOf([value]));
      return table.wanted[0]?.keys;
    };
    expect(keys([], keyed)).toEqual(['id']);
    expect(keys(['n'], keyed)).toEqual(['n']);
    expect(keys([], connectRecord({}, { schema: struct('id') }))).toEqual([]);
    expect(keys([], connectRecord({}, { schema: struct('id'), key: { schema: INT, value: 1 } }))).toEqual([]);
    expect(keys([], record(struct('id')))).toEqual([]);
  });

  it('stop waiting when their partition is taken away', () => {
    const table = new FakeTable();
    const { mailbox, subscription, out } = through(table);
    mailbox.next(batchOf([record(struct('id'))]));
    expect(table.signals[0]?.aborted).toBe(false);
    subscription.unsubscribe();
    expect(table.signals[0]?.aborted).toBe(true);
    expect(out).toEqual([]);
  });

  it('ask for what they need of the table that they name, and nothing of a table that stays as it is', async () => {
    const asked: string[] = [];
    const tableOf = (table: string): TableEvolution => ({
      fits: () => false,
      evolve: ({ columns }) => {
        asked.push(`${table}: ${columns.map(({ name }) => name).join()}`);
        return Promise.resolve();
      },
    });
    const tables = new Map([
      [undefined, tableOf('own')],
      ['other', tableOf('other')],
    ]);
    const batch = batchOf([record(struct('id')), record(struct('x')), record(struct('y')), record(struct('id'))]);
    const named = { ...batch, records: withTables(batch.records, [undefined, 'other', 'fixed', 'other']) };
    const evolved = from([named]).pipe(evolveTable((name) => tables.get(name), { added: [], keyFields: [] }));
    expect(await emitted(evolved)).toEqual([named]);
    expect(asked).toEqual(['own: id', 'other: x', 'other: id']);
  });

  it('end the stream with what cannot be mended', async () => {
    const table = { fits: () => false, evolve: () => Promise.reject(new TypeError('a mistake')) };
    const batch = batchOf([record(struct('id'))]);
    await expect(emitted(from([batch]).pipe(evolveTable(() => table, { added: [], keyFields: [] })))).rejects.toThrow(
      'a mistake',
    );
  });

  it('are looked at once for each schema', () => {
    const seen = new Set<WantedTable>();
    const table: TableEvolution = {
      fits: (wanted) => {
        seen.add(wanted);
        return true;
      },
      evolve: () => Promise.resolve(),
    };
    const { mailbox, out } = through(table);
    const schema = struct('id');
    for (let round = 0; round < 3; round++) mailbox.next(batchOf([record(schema), record(schema)]));
    expect(seen.size).toBe(1);
    expect(out.flatMap(valuesOf)).toHaveLength(6);
  });
});
