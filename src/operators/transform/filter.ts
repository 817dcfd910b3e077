import { type CreateTransform } from './transform.ts';

/** `org.apache.kafka.connect.transforms.Filter`: drops every record that its predicate lets it see. */
export const createFilter: CreateTransform = () => ({ apply: () => null });
