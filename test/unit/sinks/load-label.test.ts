import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newLoadLabel } from '../../../src/sinks/starrocks/load-label.ts';

const LEGAL = /^[-\w]{1,128}$/;

describe('newLoadLabel', () => {
  it('says which pipeline loads which table', () => {
    expect(newLoadLabel('orders sink', 'db.table')).toMatch(/^tributary-orders_sink-db_table-[a-z0-9]+-[0-9a-f]{16}$/);
  });

  it('is legal for any names', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        (pipeline, table) => {
          expect(newLoadLabel(pipeline, table)).toMatch(LEGAL);
        },
      ),
    );
  });

  it('keeps what makes it unique when the names are long', () => {
    const labels = new Set(
      Array.from({ length: 1000 }, () => newLoadLabel('p'.repeat(500), 'ü'.repeat(500), 1_700_000_000_000)),
    );
    expect(labels.size).toBe(1000);
    for (const label of labels) expect(label).toMatch(LEGAL);
  });
});
