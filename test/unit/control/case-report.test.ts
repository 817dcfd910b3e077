import { describe, expect, it } from 'vitest';
import { caseReport } from '../../../src/control/case-report.ts';
import { coloured, plain } from '../../../src/control/paint.ts';

describe('the report of cases', () => {
  it('has a tick or a cross for each, and what differs, field by field', () => {
    const differences = [
      {
        what: 'orders, row 1',
        expected: '{"id":1,"n":0.1}',
        actual: '{"m":2,"n":0.10}',
        fields: [
          { name: 'n', expected: '0.1', actual: '0.10' },
          { name: 'm', expected: undefined, actual: '2' },
        ],
      },
      { what: 'orders, row 2', expected: undefined, actual: '{"id":2}' },
      { what: 'error 1', expected: 'no JSON', actual: undefined },
      { what: 'records without a row', expected: '2', actual: '1' },
    ];
    const results = [
      { name: 'a good one', differences: [] },
      { name: 'a bad one', differences },
    ];
    expect(caseReport('orders.test.yaml', results, plain)).toBe(`orders.test.yaml
  ✓ a good one
  ✗ a bad one
      orders, row 1
        n
          expected  0.1
          got       0.10
        m
          expected  no such field
          got       2
      orders, row 2 is not expected
        {"id":2}
      error 1 is missing
        no JSON
      records without a row
        expected  2
        got       1
  1 of 2 cases pass
`);
  });

  it('has colours where they are wanted', () => {
    const text = caseReport('f', [{ name: 'one', differences: [] }], coloured);
    expect(text).toContain('\u001b[32m✓\u001b[39m one');
  });
});
