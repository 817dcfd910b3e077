import { describe, expect, it } from 'vitest';
import { isOverload } from '../../../src/sinks/starrocks/stream-load-response.ts';

describe('isOverload', () => {
  it.each([
    'Too many versions. tablet_id: 10012, version_count: 1001, limit: 1000',
    'Failed to load data into tablet 10012, because of too many versions, current/limit: 1001/1000. You can reduce the loading job concurrency, or increase loading data batch size.',
    'current running txns on db 10004 is 1000, larger than limit 1000',
    'streamload txn num per be exceeds limit',
    'Failed to load data into partition p1, because of too large compaction score, current/limit: 2001/2000',
  ])('sees that StarRocks is given too many small loads: %s', (message) => {
    expect(isOverload(message)).toBe(true);
  });

  it.each([
    'Memory of process exceed limit. Used: 8589934592, Limit: 8589934592',
    'too many filtered rows',
    'No StarRocks FE answers (127.0.0.1:8030: connect ECONNREFUSED)',
    'timeout by txn manager',
    '',
  ])('does not take another trouble for it: %s', (message) => {
    expect(isOverload(message)).toBe(false);
  });
});
