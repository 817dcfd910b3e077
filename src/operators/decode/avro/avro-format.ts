import { asBuffer } from '../../../core/as-buffer.ts';
import { type Compatibility } from '../converter.ts';
import { type ConverterOptions } from '../converter-options.ts';
import { type RegisteredSchema } from '../registry/registry-client.ts';
import { type RegistryFormat, type SchemaReader } from '../registry/registry-converter.ts';
import { AvroCompiler } from './avro-connect.ts';
import { parseAvroSchema } from './avro-schema.ts';
import { avroType } from './avro-type.ts';

/** What `io.confluent.connect.avro.AvroConverter` reads: avsc decodes, and Confluent's rules say what becomes of it. */
export function avroFormat(options: ConverterOptions, compatibility: Compatibility): RegistryFormat {
  const enhanced = options.flag('enhanced.avro.schema.support', false);
  return {
    type: 'AVRO',
    failure: (topic) => `Failed to deserialize data for topic ${topic} to Avro`,
    compile: (registered) => compile(registered, { compatibility, enhanced }),
  };
}

function compile(
  { text, references }: RegisteredSchema,
  options: { readonly compatibility: Compatibility; readonly enhanced: boolean },
): SchemaReader {
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
