import { describe, expect, it } from 'vitest';
import { parseColumnType } from '../../../src/core/column-type.ts';
import { type ColumnFit, columnFit } from '../../../src/sinks/starrocks/column-fit.ts';

describe('a column of one type, and values of another', () => {
  it.each<[column: string, source: string, fit: ColumnFit]>([
    ['bigint(20)', 'int(11)', 'holds'],
    ['int(11)', 'bigint(20)', 'widen'],
    ['tinyint(4)', 'smallint(6)', 'widen'],
    ['decimal(19, 0)', 'bigint(20)', 'holds'],
    ['decimal(19, 1)', 'bigint(20)', 'some'],
    ['double', 'int(11)', 'holds'],
    ['double', 'bigint(20)', 'some'],
    ['float', 'int(11)', 'some'],
    ['float', 'double', 'widen'],
    ['double', 'float', 'holds'],
    ['int(11)', 'double', 'some'],
    ['decimal(10, 2)', 'decimal(9, 2)', 'holds'],
    ['decimal(10, 2)', 'decimal(10, 3)', 'some'],
    ['decimal(10, 2)', 'decimal(10, 1)', 'some'],
    ['int(11)', 'decimal(10, 2)', 'some'],
    ['varchar(5)', 'varchar(1048576)', 'holds'],
    ['varchar(5)', 'bigint(20)', 'holds'],
    ['varchar(5)', 'json', 'holds'],
    ['json', 'array<int(11)>', 'holds'],
    ['bitmap', 'int(11)', 'holds'],
    ['int(11)', 'varchar(1048576)', 'some'],
    ['datetime', 'varchar(1048576)', 'some'],
    ['date', 'int(11)', 'some'],
    ['tinyint(1)', 'tinyint(1)', 'holds'],
    ['int(11)', 'tinyint(1)', 'some'],
    ['date', 'tinyint(1)', 'none'],
    ['datetime', 'date', 'holds'],
    ['date', 'datetime', 'some'],
    ['bigint(20)', 'datetime', 'none'],
    ['bigint(20)', 'json', 'none'],
    ['struct<a int(11)>', 'json', 'holds'],
    ['array<int(11)>', 'json', 'holds'],
    ['array<int(11)>', 'array<bigint(20)>', 'some'],
    ['array<bigint(20)>', 'array<int(11)>', 'holds'],
    ['array<date>', 'array<tinyint(1)>', 'none'],
    ['int(11)', 'array<int(11)>', 'none'],
    ['array<int(11)>', 'int(11)', 'none'],
    ['map<int(11),int(11)>', 'decimal(3, 1)', 'none'],
  ])('%s and %s: %s', (column, source, fit) => {
    expect(columnFit(parseColumnType(column), parseColumnType(source))).toBe(fit);
  });
});
