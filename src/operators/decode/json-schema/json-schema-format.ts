import { utf8TextOf } from '../../../core/utf8.ts';
import { readJson } from '../../json/read-json.ts';
import { type Compatibility } from '../converter.ts';
import { type ConverterOptions } from '../converter-options.ts';
import { type RegisteredSchema } from '../registry/registry-client.ts';
import { type RegistryFormat, type SchemaReader } from '../registry/registry-converter.ts';
import { JsonSchemaCompiler, type JsonSchemaConnectOptions } from './json-schema-connect.ts';
import { JsonSchemaRefs } from './json-schema-refs.ts';

/** What `io.confluent.connect.json.JsonSchemaConverter` reads: JSON behind the id of its schema. */
export function jsonSchemaFormat(options: ConverterOptions, compatibility: Compatibility): RegistryFormat {
  const settings: JsonSchemaConnectOptions = {
    compatibility,
    optionalForNonrequired: options.flag('use.optional.for.nonrequired', false),
  };
  return {
    type: 'JSON',
    failure: (topic) => `Converting byte[] to Kafka Connect data failed due to serialization error of topic ${topic}`,
    compile: (registered) => compile(registered, settings),
  };
}

function compile(registered: RegisteredSchema, settings: JsonSchemaConnectOptions): SchemaReader {
  const refs = new JsonSchemaRefs(registered);
  const { schema, read } = new JsonSchemaCompiler(refs, settings).compile(refs.root);
  return (payload) => {
    const text = utf8TextOf(payload);
    if (text === undefined) throw new SyntaxError('it is not valid UTF-8');
    const json = readJson(text);
    return { schema, value: json === null ? null : read(json) };
  };
}
