import kafkajs, { type Kafka, type Producer } from 'kafkajs';

/** A producer whose repeated requests write nothing twice, and which makes no topic. One that failed is never used again. */
export function idempotentProducer(kafka: Kafka): Producer {
  return kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: { retries: 3 },
  });
}
