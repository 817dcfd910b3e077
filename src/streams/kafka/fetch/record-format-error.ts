import { type TopicPartition } from '../../../core/record-batch.ts';

/** Records that cannot be read, by their place. Reading them again would end the same way. */
export class RecordFormatError extends Error {
  constructor({ topic, partition }: TopicPartition, offset: number, reason: string, options?: ErrorOptions) {
    super(
      `The records of topic ${topic}, partition ${partition}, from offset ${offset} on cannot be read: ${reason}`,
      options,
    );
    this.name = 'RecordFormatError';
  }
}
