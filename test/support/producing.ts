/**
 * For producers of tests that count rows. The broker may know a new topic's partitions one after the other, and KafkaJS sends
 * all of a request again when one of them isn't there yet.
 */
export const ONCE = { idempotent: true, maxInFlightRequests: 1 } as const;
