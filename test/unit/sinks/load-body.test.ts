import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { frameBody } from '../../../src/sinks/starrocks/load-body.ts';
import { encodedBatch } from '../../support/records.ts';

describe('frameBody', () => {
  it('makes one JSON array, and says how long it is', () => {
    const { chunks, length } = frameBody([encodedBatch(['{"a":1}', '{"a":2}']), encodedBatch(['{"ü":3}'])]);
    const body = Buffer.concat(chunks);
    expect(body.toString('utf8')).toBe('[{"a":1},{"a":2},{"ü":3}]');
    expect(length).toBe(body.length);
  });

  it.each([
    ['first', [[], ['{}']]],
    ['last', [['{}'], []]],
    ['between', [['{}'], [], [], ['{}']]],
  ])('leaves out parts without rows: %s', (_, parts) => {
    const text = Buffer.concat(frameBody(parts.map((rows) => encodedBatch(rows))).chunks).toString('utf8');
    expect(JSON.parse(text)).toHaveLength(parts.flat().length);
  });

  it('does not copy the rows', () => {
    const part = encodedBatch(['{"a":1}']);
    expect(frameBody([part]).chunks[1]?.buffer).toBe(part.body.buffer);
  });

  it.each([[[]], [[encodedBatch([])]]])('refuses to make a load without rows', (parts) => {
    expect(() => frameBody(parts)).toThrow(new RangeError('Expected at least one row in a load.'));
  });
});
