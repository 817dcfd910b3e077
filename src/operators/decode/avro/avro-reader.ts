import { asBuffer } from '../../../core/as-buffer.ts';
import { type SchemaReader } from '../converter.ts';
import { type RegisteredSchema } from '../registry/registry-client.ts';
import { AvroCompiler, type AvroConnectOptions } from './avro-connect.ts';
import { AvroCursor } from './avro-cursor.ts';
import { parseAvroSchema } from './avro-schema.ts';
import { avroTranscoder } from './avro-transcoder.ts';
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
  const { schema, read, skip, fields } = compiler.compile(node);
  const type = avroType(node, referenced);
  const cursor = new AvroCursor();
  const transcoder = schema.type === 'struct' && fields ? avroTranscoder(schema, fields, type) : undefined;
  return {
    read(payload) {
      const buffer = asBuffer(payload);
      if (compiler.hasItems) {
        cursor.reset(buffer, 0, buffer.length);
        skip(cursor);
      }
      return { schema, value: read(type.fromBuffer(buffer)) };
    },
    ...(transcoder && { transcoder: () => transcoder }),
  };
}
