import { SimpleHeaderConverter } from '../decode/simple-header-converter.ts';
import { type CreateTransform } from './transform.ts';

/** `org.apache.kafka.connect.transforms.InsertHeader`: a constant, of the type that its text looks like. */
export const createInsertHeader: CreateTransform = (options, _side, { compatibility }) => {
  const name = options.requiredText('header');
  const literal = options.requiredText('value.literal');
  const value = new SimpleHeaderConverter(compatibility).toConnectHeader(Buffer.from(literal, 'utf8'));
  const header = { name, ...value };
  return { apply: (record) => record.withHeaders([...record.headers, header]) };
};
