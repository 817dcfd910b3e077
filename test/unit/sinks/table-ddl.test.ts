import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../src/core/column-type.ts';
import { type WantedColumn } from '../../../src/core/table-evolution.ts';
import { addColumns, createTable, newTableFault } from '../../../src/sinks/starrocks/table-ddl.ts';

const target = { name: 'orders', database: 'shop', table: 'orders' };

function column(name: string, type: string, comment?: string): WantedColumn {
  return { name, type: parseColumnType(type), comment };
}

const COLUMNS = [column('price', 'double'), column('id', 'bigint(20)'), column('note', 'varchar(1048576)')];

describe('statements for tables', () => {
  it('add one column, or several at once, NULL in what is there', () => {
    expect(addColumns(target, [column('a', 'array<int(11)>')])).toBe(
      'ALTER TABLE `shop`.`orders` ADD COLUMN `a` ARRAY<INT> NULL',
    );
    expect(addColumns(target, COLUMNS.slice(0, 2))).toBe(
      'ALTER TABLE `shop`.`orders` ADD COLUMN (`price` DOUBLE NULL, `id` BIGINT NULL)',
    );
  });

  it('take names and comments as they come, and say the comments on one line of a length that StarRocks takes', () => {
    expect(addColumns(target, [column("o'`r", 'int(11)', "it's\n a \\ comment ")])).toBe(
      "ALTER TABLE `shop`.`orders` ADD COLUMN `o'``r` INT NULL COMMENT 'it\\'s a \\\\ comment'",
    );
    expect(addColumns(target, [column('c', 'int(11)', 'x'.repeat(2000))])).toHaveLength(
      addColumns(target, [column('c', 'int(11)', 'x')]).length + 999,
    );
  });

  it('create a Primary Key table, its key first', () => {
    expect(createTable(target, { columns: COLUMNS, keys: ['id'], properties: { replication_num: '1' } })).toBe(
      'CREATE TABLE IF NOT EXISTS `shop`.`orders` (`id` BIGINT NOT NULL, `price` DOUBLE NULL, `note` VARCHAR(1048576) NULL) PRIMARY KEY(`id`) DISTRIBUTED BY HASH(`id`) PROPERTIES ("replication_num" = "1")',
    );
  });

  it('create a table that rows are added to, ordered by the first column that can be', () => {
    expect(createTable(target, { columns: COLUMNS, keys: [], properties: {} })).toBe(
      'CREATE TABLE IF NOT EXISTS `shop`.`orders` (`id` BIGINT NULL, `price` DOUBLE NULL, `note` VARCHAR(1048576) NULL) DUPLICATE KEY(`id`) DISTRIBUTED BY RANDOM',
    );
  });

  it.each<[string, string[], WantedColumn[], boolean, string | undefined]>([
    ['a key', ['id'], COLUMNS, true, undefined],
    ['no key', [], COLUMNS, false, undefined],
    [
      'no key where rows are deleted',
      [],
      COLUMNS,
      true,
      'rows are deleted, which takes a Primary Key table, and nothing says what its key is: give the records keys with a schema, or set `pk.fields` (schemaEvolution.keyFields)',
    ],
    [
      'a key that values lack',
      ['key'],
      COLUMNS,
      false,
      "the field `key` of the primary key is not among those of the records' values; set `pk.fields` (schemaEvolution.keyFields) to fields that are",
    ],
    [
      'a key of a type that is none',
      ['price'],
      COLUMNS,
      false,
      'the field `price` is DOUBLE, which StarRocks takes for no key; set `pk.fields` (schemaEvolution.keyFields) to other fields, or create the table by hand',
    ],
    [
      'nothing to order rows by',
      [],
      [column('price', 'double')],
      false,
      'none of its columns is of a type that StarRocks can order rows by',
    ],
  ])('say whether a table can be created: %s', (_, keys, columns, deletes, fault) => {
    expect(newTableFault({ columns, keys, properties: {} }, deletes)).toBe(fault);
  });
});
