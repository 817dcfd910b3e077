import { type KafkaMessage } from 'kafkajs';
import { type RawValue, type RecordList, type TopicPartition } from '../../core/record-batch.ts';

/** The client's messages seen as a record list; a record object is made only when it is asked for. */
export function messageList(from: TopicPartition, messages: readonly KafkaMessage[]): RecordList<RawValue> {
  const at = (index: number): KafkaMessage => {
    const message = messages[index];
    if (message === undefined) throw new RangeError(`No record at index ${index} of ${messages.length}`);
    return message;
  };
  return {
    length: messages.length,
    offset: (index) => Number(at(index).offset),
    value: (index) => at(index).value,
    record(index) {
      const message = at(index);
      return {
        topic: from.topic,
        partition: from.partition,
        offset: Number(message.offset),
        timestamp: Number(message.timestamp),
        key: message.key,
        value: message.value,
        headers: message.headers ?? {},
      };
    },
  };
}
