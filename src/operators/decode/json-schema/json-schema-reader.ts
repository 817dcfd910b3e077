import { utf8TextOf } from '../../../core/utf8.ts';
import { readJson } from '../../json/read-json.ts';
import { type SchemaReader } from '../converter.ts';
import { type RegisteredSchema } from '../registry/registry-client.ts';
import { JsonSchemaCompiler, type JsonSchemaConnectOptions } from './json-schema-connect.ts';
import { JsonSchemaRefs } from './json-schema-refs.ts';

/**
 * What reads the data of a JSON schema.
 *
 * @throws Error when the schema cannot be used.
 */
export function jsonSchemaReader(registered: RegisteredSchema, settings: JsonSchemaConnectOptions): SchemaReader {
  const refs = new JsonSchemaRefs(registered);
  const { schema, read } = new JsonSchemaCompiler(refs, settings).compile(refs.root);
  return {
    read(payload) {
      const text = utf8TextOf(payload);
      if (text === undefined) throw new SyntaxError('it is not valid UTF-8');
      const json = readJson(text);
      return { schema, value: json === null ? null : read(json) };
    },
  };
}
