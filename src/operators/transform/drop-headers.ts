import { type CreateTransform } from './transform.ts';

/** `org.apache.kafka.connect.transforms.DropHeaders`. */
export const createDropHeaders: CreateTransform = (options) => {
  const names = new Set(options.requiredList('headers'));
  return { apply: (record) => record.withHeaders(record.headers.filter(({ name }) => !names.has(name))) };
};
