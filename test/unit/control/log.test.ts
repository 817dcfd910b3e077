import { describe, expect, it } from 'vitest';
import { jsonLogger, sentenceLogger } from '../../../src/control/log.ts';

describe('jsonLogger', () => {
  it('writes one JSON object a line, with the level by its name and the time as text', () => {
    const lines: string[] = [];
    jsonLogger((line) => lines.push(line), 'info').warn({ table: 't', attempt: 2 }, 'A load did not go through');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      table: 't',
      attempt: 2,
      msg: 'A load did not go through',
    });
  });

  it('leaves out what is below its level, and keeps the facts of a child', () => {
    const lines: string[] = [];
    const logger = jsonLogger((line) => lines.push(line), 'error');
    logger.debug({}, 'no');
    logger.info({}, 'no');
    logger.warn({}, 'no');
    logger.child({ pipeline: 'p' }).error({}, 'yes');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ pipeline: 'p', msg: 'yes' }),
    ]);
  });
});

describe('sentenceLogger', () => {
  it('writes the time, the level and the sentence, and the error behind it', () => {
    const lines: string[] = [];
    const logger = sentenceLogger((line) => lines.push(line), 'debug');
    logger.info({ table: 't' }, 'Loading into t works again');
    logger.error({ error: 'no broker' }, 'Kafka does not answer');
    logger.debug({ error: { deep: true } }, 'Odd');
    expect(lines).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d info {2}Loading into t works again$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d error Kafka does not answer: no broker$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d debug Odd$/),
    ]);
  });

  it('leaves out what is below its level', () => {
    const lines: string[] = [];
    sentenceLogger((line) => lines.push(line), 'warn').info({}, 'no');
    expect(lines).toEqual([]);
  });
});
