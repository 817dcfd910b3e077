import { type DeadLetterTopic } from '../../src/core/dead-letter.ts';
import { TaskStats } from '../../src/core/task-stats.ts';
import { BadRecords } from '../../src/sinks/dead-letter/bad-records.ts';
import { RecordingLogger } from './recording-logger.ts';

/** What becomes of bad records, as the settings say that matter to a test. */
export function badRecords(
  tolerance: 'none' | 'all' = 'none',
  { topic, stats = new TaskStats() }: { topic?: DeadLetterTopic; stats?: TaskStats } = {},
): BadRecords {
  return new BadRecords({
    tolerance,
    topic,
    contextHeaders: false,
    log: { enable: false, includeMessages: false },
    pipeline: 'p',
    task: 0,
    stats,
    logger: new RecordingLogger(),
  });
}
