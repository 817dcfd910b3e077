import { Buffer } from 'node:buffer';
import { type KafkaMessage } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { messageList } from '../../../src/streams/kafka/message-list.ts';

const from = { topic: 't', partition: 3 };
const key = Buffer.from('k');
const value = Buffer.from('{}');
const messages: KafkaMessage[] = [
  {
    offset: '7',
    key,
    value,
    timestamp: '1700000000000',
    attributes: 0,
    headers: { source: Buffer.from('a') },
  },
  { offset: '9007199254740991', key: null, value: null, timestamp: '-1', attributes: 0, headers: {} },
];

describe('messageList', () => {
  it('offers offsets and values without making records', () => {
    const list = messageList(from, messages);
    expect(list.length).toBe(2);
    expect([list.offset(0), list.offset(1)]).toEqual([7, 9_007_199_254_740_991]);
    expect([list.value(0), list.value(1)]).toEqual([value, null]);
  });

  it('makes a record with everything that Kafka told', () => {
    const list = messageList(from, messages);
    expect(list.record(0)).toEqual({
      ...from,
      offset: 7,
      timestamp: 1_700_000_000_000,
      key,
      value,
      headers: { source: Buffer.from('a') },
    });
    expect(list.record(1)).toMatchObject({ key: null, value: null, timestamp: -1, headers: {} });
  });

  it('refuses an index beyond its end', () => {
    expect(() => messageList(from, messages).value(2)).toThrow(new RangeError('No record at index 2 of 2'));
  });
});
