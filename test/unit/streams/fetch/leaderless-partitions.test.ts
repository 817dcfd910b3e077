import { expect, it } from 'vitest';
import { type Leader } from '../../../../src/streams/kafka/fetch/cluster-map.ts';
import { LeaderlessPartitions } from '../../../../src/streams/kafka/fetch/leaderless-partitions.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';

const LEADER: Leader = { node: 1, epoch: 0, topicId: undefined };

function watched(...keys: readonly string[]): {
  answer: (atMs: number, ...led: readonly string[]) => string[];
  clear: () => void;
} {
  const logger = new RecordingLogger();
  let now = 0;
  const partitions = new LeaderlessPartitions(logger, () => now);
  return {
    answer(atMs, ...led) {
      now = atMs;
      const before = logger.entries.length;
      partitions.answered(
        keys.map((key) => ({ key })),
        new Map(led.map((key) => [key, LEADER])),
      );
      return logger.entries.slice(before).map(({ level, message }) => `${level}: ${message}`);
    },
    clear: () => partitions.clear(),
  };
}

it('tells once of partitions that nobody leads for longer than an election, and once of the end of it', () => {
  const { answer } = watched('a/0', 'a/1', 'b/0');
  expect(answer(0, 'b/0')).toEqual([]);
  expect(answer(999, 'b/0')).toEqual([]);
  expect(answer(1_000, 'b/0')).toEqual([
    'warn: No broker leads a/0, a/1, so that nothing more of that is loaded until one does; other partitions go on. Is a broker down, or a topic deleted?',
  ]);
  expect(answer(9_000, 'b/0')).toEqual([]);
  expect(answer(9_100, 'a/1', 'b/0')).toEqual(['info: A broker leads a/1 again']);
  expect(answer(9_200, 'a/0', 'a/1', 'b/0')).toEqual(['info: A broker leads a/0 again']);
  expect(answer(9_300, 'a/0', 'a/1', 'b/0')).toEqual([]);
});

it('names three of many', () => {
  const { answer } = watched('a/0', 'a/1', 'a/2', 'a/3', 'a/4');
  answer(0);
  expect(answer(2_000)).toEqual([
    expect.stringMatching(/^warn: No broker leads a\/0, a\/1, a\/2 and 2 more, so that /),
  ]);
});

it('says nothing of the end of what it has not told, nor of what is forgotten', () => {
  const { answer, clear } = watched('a/0');
  answer(0);
  expect(answer(500, 'a/0')).toEqual([]);
  answer(600);
  expect(answer(2_000)).toHaveLength(1);
  clear();
  expect(answer(2_100, 'a/0')).toEqual([]);
});
