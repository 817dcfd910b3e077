import type { z } from 'zod';
import type { kafkaSettings } from './kafka-settings.ts';

/** A topic that the processes of a cluster share what they know in. */
export interface StorageTopic {
  readonly topic: string;
  /** If it has to be created; -1 for the brokers' default. */
  readonly replicationFactor: number;
  /** If it has to be created. */
  readonly partitions: number;
  /** Its other settings, if it has to be created, by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
}

/** What makes a worker one of several; all of it comes from the worker's file. */
export interface DistributedSettings {
  /** How the worker itself talks to Kafka, and the group of the workers. */
  readonly kafka: z.output<typeof kafkaSettings> & { readonly clientId: string; readonly groupId: string };
  /** Connectors and what is wanted of them. */
  readonly configTopic: StorageTopic;
  /** What their tasks are doing. */
  readonly statusTopic: StorageTopic;
}
