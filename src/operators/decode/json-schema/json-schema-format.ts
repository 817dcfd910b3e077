import { type Compatibility } from '../converter.ts';
import { type ConverterOptions } from '../converter-options.ts';
import { type RegistryFormat } from '../registry/registry-converter.ts';
import { type JsonSchemaConnectOptions } from './json-schema-connect.ts';

/** What `io.confluent.connect.json.JsonSchemaConverter` reads: JSON behind the id of its schema. */
export function jsonSchemaFormat(options: ConverterOptions, compatibility: Compatibility): RegistryFormat {
  const settings: JsonSchemaConnectOptions = {
    compatibility,
    optionalForNonrequired: options.flag('use.optional.for.nonrequired', false),
  };
  return {
    type: 'JSON',
    failure: (topic) => `Converting byte[] to Kafka Connect data failed due to serialization error of topic ${topic}`,
    async compile(registered) {
      const { jsonSchemaReader } = await import('./json-schema-reader.ts');
      return jsonSchemaReader(registered, settings);
    },
  };
}
