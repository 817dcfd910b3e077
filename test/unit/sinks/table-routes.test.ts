import { describe, expect, it } from 'vitest';
import { TableRoutes, type TableRoutesOptions, tableTarget } from '../../../src/sinks/starrocks/table-routes.ts';

function routes(options: Partial<TableRoutesOptions>): (topic: string) => string {
  const all = new TableRoutes({ database: 'db', tables: {}, rules: [], ...options });
  return (topic) => {
    const { name, database, table } = all.targetOf(topic);
    return `${name} = ${database} ${table}`;
  };
}

describe('TableRoutes', () => {
  it('loads a topic into the table that is called like it', () => {
    expect(routes({})('orders')).toBe('orders = db orders');
  });

  it('loads a topic into the table that is named for it, also one of another database', () => {
    const to = routes({ tables: { a: 't', b: 'shop.t', c: 'db.t' } });
    expect(['a', 'b', 'c'].map(to)).toEqual(['t = db t', 'shop.t = shop t', 't = db t']);
  });

  it('takes the first rule that matches the whole name, after the tables that are named', () => {
    const to = routes({
      tables: { 'shop.orders': 'special' },
      rules: [
        { topics: /^(?:shop\.(.*))$/, table: 'shop.$1' },
        { topics: /^(?:.*\.(?<name>\w+))$/, table: 'all_$<name>' },
      ],
    });
    expect(['shop.orders', 'shop.returns', 'other.orders', 'plain'].map(to)).toEqual([
      'special = db special',
      'shop.returns = shop returns',
      'all_orders = db all_orders',
      'plain = db plain',
    ]);
  });

  it('takes no dot that was captured for the end of a database', () => {
    const to = routes({ rules: [{ topics: /^(?:cdc\.(.*))$/, table: '$1' }] });
    expect(to('cdc.shop.orders')).toBe('shop_orders = db shop_orders');
  });

  it("takes no dot in a topic's own name for the end of a database", () => {
    const to = routes({ rules: [{ topics: /^(?:x)$/, table: 'shop.orders' }] });
    expect(['shop.orders', 'x'].map(to)).toEqual(['db.shop.orders = db shop.orders', 'shop.orders = shop orders']);
  });
});

it('a table of the own database has one name, however it is written', () => {
  expect(tableTarget('db.orders', 'db')).toEqual(tableTarget('orders', 'db'));
});
