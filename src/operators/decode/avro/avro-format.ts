import { type Compatibility } from '../converter.ts';
import { type ConverterOptions } from '../converter-options.ts';
import { type RegistryFormat } from '../registry/registry-converter.ts';

/** What `io.confluent.connect.avro.AvroConverter` reads: avsc decodes, and Confluent's rules say what becomes of it. */
export function avroFormat(options: ConverterOptions, compatibility: Compatibility): RegistryFormat {
  const enhanced = options.flag('enhanced.avro.schema.support', false);
  return {
    type: 'AVRO',
    failure: (topic) => `Failed to deserialize data for topic ${topic} to Avro`,
    async compile(registered) {
      const { avroReader } = await import('./avro-reader.ts');
      return avroReader(registered, { compatibility, enhanced });
    },
  };
}
