import { of } from 'rxjs';
import { expect, it } from 'vitest';
import { type RawValue, recordList } from '../../../src/core/record-batch.ts';
import { warnOfUnorderedChanges } from '../../../src/operators/warn-of-unordered-changes.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';
import { batchOf, recordOf, utf8 } from '../../support/records.ts';

/** What is said of envelopes whose records have this key. */
function warnings(key: Uint8Array | null, partitions: readonly number[]): string[] {
  const logger = new RecordingLogger();
  const batches = partitions.map((partition) => ({
    ...batchOf<RawValue>([]),
    partition,
    records: recordList<RawValue>([{ ...recordOf<RawValue>(utf8('{}'), 0, { partition }), key }]),
  }));
  of(...batches)
    .pipe(warnOfUnorderedChanges(logger))
    .subscribe();
  return logger.messages('warn');
}

it('changes without keys in several partitions are warned about once', () => {
  expect(warnings(null, [1, 1, 2, 1])).toEqual([
    expect.stringMatching(/^The changes in topic orders have no keys and are spread over several partitions\. /),
  ]);
});

it('changes with keys, and those of one partition, are in order', () => {
  expect(warnings(utf8('1'), [0, 1, 2])).toEqual([]);
  expect(warnings(null, [0, 0])).toEqual([]);
});
