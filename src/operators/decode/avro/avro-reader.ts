import { asBuffer } from '../../../core/as-buffer.ts';
import { type RegisteredSchema } from '../registry/registry-client.ts';
import { type SchemaReader } from '../registry/registry-converter.ts';
import { AvroCompiler, type AvroConnectOptions } from './avro-connect.ts';
import { parseAvroSchema } from './avro-schema.ts';
import { avroType } from './avro-type.ts';

/**
 * What reads the data of an Avro schema.
 *
 * @throws Error when the schema cannot be used.
 */
export function avroReader({ text, references }: RegisteredSchema, options: AvroConnectOptions): SchemaReader {
  const node = parseAvroSchema(text);
  const referenced = references.map((reference) => parseAvroSchema(reference.text));
  const compiler = new AvroCompiler(options);
  for (const reference of referenced) compiler.compile(reference);
  const { schema, read } = compiler.compile(node);
  const type = avroType(node, referenced);
  return (payload) => {
    const buffer = asBuffer(payload);
    return { schema, value: read(type.fromBuffer(buffer)) };
  };
}
