import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JSON_ARRAY, StarRocks } from './support/starrocks.ts';

let sr: StarRocks;
beforeAll(async () => {
  sr = await StarRocks.start();
});
afterAll(() => sr.close());

const JSON_STREAM = { format: 'json' };

describe('§3.3 filter arithmetic', () => {
  beforeAll(() => sr.table('ratio', 'id INT NOT NULL, v INT'));
  const rows = [{ id: 1 }, { id: 2 }, { id: 3 }, { id: null }];

  it('§3.3 more filtered rows than max_filter_ratio allows -> too many filtered rows, nothing loaded', async () => {
    const answer = await sr.loadRows('ratio', rows, { max_filter_ratio: '0.2' });
    expect(answer).toMatchObject({ Status: 'Fail', NumberTotalRows: 4, NumberFilteredRows: 1 });
    expect(answer.Message).toContain('too many filtered rows');
    expect(await sr.sql('SELECT count(*) c FROM ratio')).toEqual([{ c: 0 }]);
  });

  it('§3.3 exactly as many as max_filter_ratio allows -> Success', async () => {
    const answer = await sr.loadRows('ratio', rows, { max_filter_ratio: '0.25' });
    expect(answer).toMatchObject({ Status: 'Success', NumberTotalRows: 4, NumberLoadedRows: 3, NumberFilteredRows: 1 });
  });

  it('§3.3 unselected rows are no part of the ratio', async () => {
    const answer = await sr.loadRows('ratio', rows, { max_filter_ratio: '0.4', where: 'id > 1 OR id IS NULL' });
    expect(answer).toMatchObject({
      Status: 'Success',
      NumberUnselectedRows: 1,
      NumberFilteredRows: 1,
      NumberLoadedRows: 2,
    });
  });

  it('§3.3 all rows filtered, ratio 1 -> all partitions have no load data', async () => {
    const answer = await sr.loadRows('ratio', [{ id: null }], { max_filter_ratio: '1' });
    expect(answer).toMatchObject({
      Status: 'Fail',
      Message: expect.stringContaining('all partitions have no load data') as string,
    });
  });

  it('§2.1 a ratio that is no number counts as 0', async () => {
    expect(await sr.loadRows('ratio', rows, { max_filter_ratio: 'most' })).toMatchObject({ Status: 'Fail' });
  });

  it('§1.8 log_rejected_record_num adds RejectedRecordPath', async () => {
    const answer = await sr.loadRows('ratio', [{ id: null }], { log_rejected_record_num: '-1' });
    expect(answer).toHaveProperty('RejectedRecordPath', expect.stringMatching(/^[^:]+:\//));
  });

  it('§1.8 ErrorURL lists the reasons', async () => {
    const answer = await sr.loadRows('ratio', [{ id: 1 }, { id: null, v: 7 }]);
    expect(answer.ErrorURL).toMatch(/^http:\/\/.+\/api\/_load_error_log\?file=error_log_/);
    expect(await sr.errorLog(answer)).toMatch(/Error: NULL value in non-nullable column 'id'.* Row: /s);
  });
});

describe('§4.1 framing', () => {
  beforeAll(() => sr.table('framing', 'id INT'));

  it.each([
    ['newlines', '{"id":1}\n{"id":2}\n'],
    ['spaces', '{"id":1} {"id":2}'],
    ['nothing', '{"id":1}{"id":2}'],
  ])('§4.1 a stream of objects separated by %s', async (_, body) => {
    expect(await sr.load('framing', body, JSON_STREAM)).toMatchObject({ Status: 'Success', NumberLoadedRows: 2 });
  });

  it.each([
    ['an array without strip_outer_array', '[{"id":1}]', JSON_STREAM, 'strip_outer_array=true'],
    ['a first byte that is neither { nor [', 'x', JSON_STREAM, 'illegal json started with [x]'],
    [
      'an object with strip_outer_array',
      '{"id":1}',
      JSON_ARRAY,
      'the value should be array type with strip_outer_array=true',
    ],
    ['an array of something else', '[1]', JSON_ARRAY, 'Failed to iterate json array as object'],
    ['a truncated array', '[{"id":1},{"id":2}', JSON_ARRAY, 'parse'],
    ['a syntax error in a stream', '{"id":1} {"id":} {"id":3}', JSON_STREAM, 'Failed to parse json as document stream'],
    ['a number with a leading zero', '[{"id":01}]', JSON_ARRAY, 'parse'],
  ])('§4.1 %s ends the whole load, whatever max_filter_ratio says', async (_, body, headers, message) => {
    const before = await sr.sql('SELECT count(*) c FROM framing');
    const answer = await sr.load('framing', body, { ...headers, max_filter_ratio: '1' });
    expect(answer.Status).toBe('Fail');
    expect(answer.Message).toContain(message);
    expect(await sr.sql('SELECT count(*) c FROM framing')).toEqual(before);
  });

  it('§4.1 json_root: rows are the objects at the root path', async () => {
    const body = '{"a":{"b":{"id":10}}} {"a":{"b":{"id":11}}}';
    expect(await sr.load('framing', body, { ...JSON_STREAM, json_root: '$.a.b' })).toMatchObject({
      NumberLoadedRows: 2,
    });
  });

  it('§4.1 json_root and strip_outer_array: rows are the elements at the root path', async () => {
    const body = '{"n":2,"rows":[{"id":20},{"id":21}]}';
    expect(await sr.load('framing', body, { ...JSON_ARRAY, json_root: '$.rows' })).toMatchObject({
      NumberLoadedRows: 2,
    });
  });
});

describe('§4.2 mapping by key', () => {
  beforeAll(() => sr.table('keys_', 'id INT, Name STRING, d INT DEFAULT "7", n INT NOT NULL DEFAULT "5"'));
  const row = async (id: number) => (await sr.sql(`SELECT * FROM keys_ WHERE id = ${id}`))[0];

  it('§4.2 a missing key is NULL, never the DEFAULT', async () => {
    await sr.loadRows('keys_', [{ id: 1, n: 1 }]);
    expect(await row(1)).toMatchObject({ d: null });
  });

  it('§4.2 a missing key of a NOT NULL column filters the row', async () => {
    expect(await sr.loadRows('keys_', [{ id: 2 }])).toMatchObject({ Status: 'Fail', NumberFilteredRows: 1 });
  });

  it('§4.2 columns that a columns header leaves out get their DEFAULT', async () => {
    await sr.loadRows('keys_', [{ id: 3, Name: 'x' }], { columns: 'id, Name' });
    expect(await row(3)).toEqual({ id: 3, Name: 'x', d: 7, n: 5 });
  });

  it('§4.2 keys are case-sensitive', async () => {
    await sr.loadRows('keys_', [{ id: 4, name: 'x', n: 1 }]);
    expect(await row(4)).toMatchObject({ Name: null });
  });

  it('§4.2 extra keys are ignored, and the first of two equal keys counts', async () => {
    await sr.load('keys_', '[{"id":5,"id":6,"extra":{"n":[1]},"n":1}]', JSON_ARRAY);
    expect(await row(5)).toMatchObject({ n: 1 });
  });

  it('§2.3 columns renames and computes', async () => {
    await sr.loadRows('keys_', [{ id: 7, a: 'x', b: 3 }], { columns: "id, a, b, Name = concat(a, '!'), n = b + 1" });
    expect(await row(7)).toMatchObject({ Name: 'x!', n: 4 });
  });

  it.each([
    ['Mapping column is not in table. column: nosuch', 'id, nosuch = id'],
    ['Duplicate column: id', 'id, id'],
    ['Duplicate column mapping: n', 'id, n = 1, n = 2'],
  ])('§2.3 %s', async (message, columns) => {
    expect((await sr.loadRows('keys_', [{ id: 8 }], { columns })).Message).toContain(message);
  });

  it('§2.3 a NOT NULL column without source and DEFAULT', async () => {
    await sr.table('nodefault', 'id INT, n INT NOT NULL');
    const { Message } = await sr.loadRows('nodefault', [{ id: 1 }], { columns: 'id' });
    expect(Message).toMatch(/Column has no default value. column: n|column has no source field, column=n/);
  });
});

describe('§4.3 jsonpaths', () => {
  beforeAll(() => sr.table('paths', 'a INT, b STRING, c STRING'));

  it('§4.3 path i feeds column i; not found and missing paths are NULL', async () => {
    const jsonpaths = '["$.x.y[1]", "$.no"]';
    await sr.load('paths', '[{"x":{"y":[1,2]},"no2":1}]', { ...JSON_ARRAY, jsonpaths });
    expect(await sr.sql('SELECT * FROM paths WHERE a = 2')).toEqual([{ a: 2, b: null, c: null }]);
  });

  it('§4.3 columns names what the paths extract, and may compute', async () => {
    const headers = { ...JSON_ARRAY, jsonpaths: '["$.k", "$.v"]', columns: 'k, v, a = k, b = upper(v)' };
    await sr.load('paths', '[{"k":5,"v":"x"}]', headers);
    expect(await sr.sql('SELECT * FROM paths WHERE a = 5')).toEqual([{ a: 5, b: 'X', c: null }]);
  });

  it('§4.3 $ is the whole object', async () => {
    await sr.load('paths', '[{"k": 6, "v": "x"}]', { ...JSON_ARRAY, jsonpaths: '["$.k", "$"]' });
    expect(await sr.sql('SELECT b FROM paths WHERE a = 6')).toEqual([{ b: '{"k":6,"v":"x"}' }]);
  });
});

describe('§4.5 strict mode', () => {
  beforeAll(() => sr.table('strict', 'id INT, t TINYINT, s VARCHAR(3), d DATETIME, n INT NOT NULL DEFAULT "0"'));
  const row = async (id: number) => (await sr.sql(`SELECT * FROM strict WHERE id = ${id}`))[0];

  it('§4.5 lax: bad values become NULL, and nobody is told', async () => {
    const answer = await sr.loadRows('strict', [{ id: 1, t: 300, s: 'long', d: 'x', n: 1 }]);
    expect(answer).toMatchObject({ Status: 'Success', NumberFilteredRows: 0 });
    expect(await row(1)).toEqual({ id: 1, t: null, s: null, d: null, n: 1 });
  });

  it('§4.5 lax: a bad value for a NOT NULL column filters the row', async () => {
    expect(await sr.loadRows('strict', [{ id: 2, n: 'x' }])).toMatchObject({ Status: 'Fail', NumberFilteredRows: 1 });
  });

  it.each([
    ['an integer out of range', { t: 300 }],
    ['a text that is too long', { s: 'long' }],
    ['a text that is too long in bytes', { s: 'äö' }],
    ['a date that is none', { d: '2023-02-29' }],
    ['an epoch', { d: 1_700_000_000 }],
  ])('§4.5 strict: %s filters the row', async (_, values) => {
    const answer = await sr.loadRows('strict', [{ id: 3, n: 1, ...values }], { strict_mode: 'true' });
    expect(answer).toMatchObject({ Status: 'Fail', NumberFilteredRows: 1 });
  });

  it('§3.5 strict: the error log names value, column and type', async () => {
    await sr.table('reasons', 'id INT, s VARCHAR(3), d DECIMAL(4, 1), t TINYINT');
    const rows = [{ s: 'äöü' }, { d: 12_345 }, { t: '300' }];
    const log = await sr.errorLog(await sr.loadRows('reasons', rows, { strict_mode: 'true' }));
    expect(log).toContain("String 'äöü'(length=6) is too long. The max length of 's' is 3");
    expect(log).toContain("Decimal '12345' is out of range. The type of 'd' is");
    expect(log).toContain("Value '300' is out of range. The type of 't' is");
  });

  it('§4.5 strict: NULL is not bad', async () => {
    const answer = await sr.loadRows('strict', [{ id: 4, t: null, n: 1 }], { strict_mode: 'true' });
    expect(answer).toMatchObject({ Status: 'Success' });
  });

  it('§4.5 strict: what an expression returns may be bad too', async () => {
    const headers = { strict_mode: 'true', columns: 'id, x, t = x' };
    expect(await sr.loadRows('strict', [{ id: 5, x: '999' }], headers)).toMatchObject({
      Status: 'Fail',
      NumberFilteredRows: 1,
    });
  });

  it('§4.6 offsets are dropped', async () => {
    await sr.loadRows('strict', [{ id: 6, d: '2024-01-02T03:04:05+08:00', n: 1 }]);
    expect(await row(6)).toMatchObject({ d: '2024-01-02 03:04:05' });
  });
});

describe('§4.5 nested and other types', () => {
  it('§4.5 ARRAY, MAP, STRUCT, JSON, BOOLEAN, DATE, DOUBLE', async () => {
    await sr.table(
      'types',
      'id INT, a ARRAY<INT>, m MAP<STRING, INT>, s STRUCT<x INT, y STRING>, j JSON, b BOOLEAN, d DATE, f DOUBLE',
    );
    const value = {
      id: 1,
      a: [1, null, 3],
      m: { k: 1 },
      s: { y: 'q', x: 2 },
      j: { z: [1] },
      b: true,
      d: '2024-01-02',
      f: 0.1,
    };
    expect(await sr.loadRows('types', [value], { strict_mode: 'true' })).toMatchObject({ Status: 'Success' });
    const [row] = await sr.sql('SELECT * FROM types');
    expect(row).toMatchObject({ a: '[1,null,3]', m: '{"k":1}', s: '{"x":2,"y":"q"}', b: 1, d: '2024-01-02', f: 0.1 });
    expect(JSON.parse(String(row?.['j']))).toEqual({ z: [1] });
  });
});

describe('§5 CSV', () => {
  beforeAll(() => sr.table('csv', 'id INT, v STRING, n INT'));
  const row = async (id: number) => (await sr.sql(`SELECT * FROM csv WHERE id = ${id}`))[0];

  it('§5 tab, newline, \\N, empty field', async () => {
    expect(await sr.load('csv', '1\t\\N\t5\n2\t\t6')).toMatchObject({ Status: 'Success', NumberLoadedRows: 2 });
    expect(await row(1)).toEqual({ id: 1, v: null, n: 5 });
    expect(await row(2)).toEqual({ id: 2, v: '', n: 6 });
  });

  it('§5 separators in hexadecimal', async () => {
    const headers = { column_separator: '\\x01', row_delimiter: '\\x0D0A' };
    await sr.load('csv', '3\x01x\x011\r\n4\x01y\x012\r\n', headers);
    expect(await row(4)).toEqual({ id: 4, v: 'y', n: 2 });
  });

  it('§5 another number of fields filters the row', async () => {
    const answer = await sr.load('csv', '5,x,1\n6,x\n', { column_separator: ',', max_filter_ratio: '0.5' });
    expect(answer).toMatchObject({ NumberLoadedRows: 1, NumberFilteredRows: 1 });
    expect(await sr.errorLog(answer)).toMatch(/column count/);
  });

  it('§5 skip_header, enclose, escape, trim_space', async () => {
    const headers = { column_separator: ',', skip_header: '1', enclose: '"', escape: '\\', trim_space: 'true' };
    await sr.load('csv', 'id,v,n\n7, "a,""b""\n\\"c" ,1\n', headers);
    expect(await row(7)).toEqual({ id: 7, v: 'a,"b"\n"c', n: 1 });
  });

  it('§5 invalid UTF-8 filters the row', async () => {
    const body = Buffer.concat([Buffer.from('8,'), Buffer.of(0xff, 0xfe), Buffer.from(',1\n9,ok,1\n')]);
    expect(await sr.load('csv', body, { column_separator: ',', max_filter_ratio: '0.5' })).toMatchObject({
      NumberFilteredRows: 1,
      NumberLoadedRows: 1,
    });
  });

  it('§4.4 CSV takes __op from columns', async () => {
    await sr.table('csvpk', 'id INT NOT NULL, v STRING', 'PRIMARY KEY(id) DISTRIBUTED BY HASH(id)');
    await sr.load('csvpk', '1,a\n2,b\n', { column_separator: ',' });
    await sr.load('csvpk', '1,,1\n3,c,0\n', { column_separator: ',', columns: 'id, v, op, __op = op' });
    expect(await sr.sql('SELECT id FROM csvpk ORDER BY id')).toEqual([{ id: 2 }, { id: 3 }]);
    await sr.load('csvpk', '2,\n', { column_separator: ',', columns: "id, v, __op = 'delete'" });
    expect(await sr.sql('SELECT id FROM csvpk')).toEqual([{ id: 3 }]);
  });
});
