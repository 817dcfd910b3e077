import { describe, expect, it } from 'vitest';
import { readErrorLog, readingsOf, reasonsIn } from '../../../src/sinks/starrocks/error-log.ts';

describe('readErrorLog', () => {
  it('has one entry for each refused row, also when a row has several lines', () => {
    expect(readErrorLog('Error: too long. Row: {"a":1}\nError: NULL. Row: {\n"a":2}\n')).toEqual([
      'too long. Row: {"a":1}',
      'NULL. Row: {\n"a":2}',
    ]);
  });

  it('has none in a text that could not be had, or is something else', () => {
    expect(readErrorLog('')).toEqual([]);
    expect(readErrorLog('<html>not found</html>')).toEqual([]);
  });
});

describe('readingsOf', () => {
  it('is the reason and the row', () => {
    expect(readingsOf('too long. Row: {"a":1}')).toEqual([{ reason: 'too long', row: '{"a":1}' }]);
  });

  it('is every way to read an entry whose value has the same words, up to four', () => {
    expect(readingsOf("Value 'x. Row: y' is out. Row: z")).toEqual([
      { reason: "Value 'x", row: "y' is out. Row: z" },
      { reason: "Value 'x. Row: y' is out", row: 'z' },
    ]);
    expect(readingsOf('. Row: '.repeat(1_000))).toHaveLength(4);
  });

  it('is nothing without a row', () => {
    expect(readingsOf('something else')).toEqual([]);
  });
});

describe('reasonsIn', () => {
  it('is the reason itself when all entries agree', () => {
    expect(reasonsIn(['NULL value. Row: 1', 'NULL value. Row: 2'])).toBe('NULL value');
    expect(reasonsIn([])).toBe('');
  });

  it('is a list of at most five when they do not', () => {
    expect(reasonsIn(['a. Row: 1', 'b'])).toBe('one of: a; b');
    expect(reasonsIn(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('one of: a; b; c; d; e; and 2 more');
  });
});
