import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  describeError,
  LoadRejectedError,
  RecordError,
  UnavailableError,
} from '../../../src/core/errors.ts';

describe('errors', () => {
  it.each<[Error, string, string]>([
    [new ConfigError(['one', 'two']), 'ConfigError', 'one\ntwo'],
    [new UnavailableError('gone'), 'UnavailableError', 'gone'],
    [new LoadRejectedError('never'), 'LoadRejectedError', 'never'],
    [
      new RecordError({ topic: 't', partition: 1, offset: 2 }, 'it is empty'),
      'RecordError',
      'The record at topic t, partition 1, offset 2 cannot be loaded: it is empty',
    ],
  ])('%s has its own name and its sentence', (error, name, message) => {
    expect(error).toMatchObject({ name, message });
    expect(String(error)).toBe(`${name}: ${message}`);
  });

  it('keep their facts', () => {
    const cause = new Error('deeper');
    expect(new RecordError({ topic: 't', partition: 1, offset: 2 }, 'why', { cause })).toMatchObject({
      topic: 't',
      partition: 1,
      offset: 2,
      reason: 'why',
      cause,
    });
    expect(new ConfigError(['one', 'two']).problems).toEqual(['one', 'two']);
    expect(new UnavailableError('gone', { cause }).cause).toBe(cause);
  });
});

describe('describeError', () => {
  it.each([
    ['a text', 'a text', 'a text'],
    ['undefined', undefined, 'undefined'],
    ['a plain error', new Error('broken'), 'broken'],
    [
      'an error with causes',
      new Error('outer', { cause: new Error('middle', { cause: 'inner' }) }),
      'outer: middle: inner',
    ],
    ['a cause that is told already', new Error('outer: inner', { cause: new Error('inner') }), 'outer: inner'],
    [
      'a connection tried twice',
      new AggregateError([new Error('no IPv6'), new Error('no IPv4')], ''),
      'no IPv6; no IPv4',
    ],
    ['errors with a message of their own', new AggregateError([new Error('one')], 'all failed'), 'all failed'],
  ])('puts %s into one line', (_, error, line) => {
    expect(describeError(error)).toBe(line);
  });
});
