import { type ConnectSchema, type ConnectValue, type SchemaAndValue } from '../../core/connect-data.ts';
import { type RawValue } from '../../core/record-batch.ts';
import { utf8TextOf } from '../../core/utf8.ts';
import { notJson, utf8Text } from '../json/json-text.ts';
import { readJson } from '../json/read-json.ts';
import { type Compatibility, type Converter, DataError, NOTHING } from './converter.ts';
import { type ConverterOptions } from './converter-options.ts';
import { connectSchemaOf, isObject } from './json/connect-schema.ts';
import { EnvelopePrefix } from './json/envelope-prefix.ts';
import { firstJsonValue, withJavaNumbers } from './json/java-json.ts';
import { type PayloadOptions, type PayloadReader, payloadReader } from './json/payload-reader.ts';

const NOT_JSON = 'Converting byte[] to Kafka Connect data failed due to serialization error';
const NOT_AN_ENVELOPE =
  'JsonConverter with schemas.enable requires "schema" and "payload" fields and may not contain additional fields. ' +
  'If you are trying to deserialize plain JSON data, set schemas.enable=false in your converter configuration.';

interface CompiledSchema {
  readonly schema: ConnectSchema;
  readonly read: PayloadReader;
}

/**
 * `org.apache.kafka.connect.json.JsonConverter`: plain JSON with `schemas.enable=false`, otherwise objects of a schema
 * and a payload.
 *
 * A null of an optional field stays null unless `replace.null.with.default=true` is set: in Kafka Connect that is the
 * default, and turns the NULLs of a table into its defaults.
 */
export class JsonConverter implements Converter {
  readonly #compatibility: Compatibility;
  readonly #schemas: SchemaCache | undefined;
  readonly #prefix = new EnvelopePrefix<CompiledSchema>();

  constructor(options: ConverterOptions, compatibility: Compatibility) {
    this.#compatibility = compatibility;
    options.oneOf('decimal.format', ['BASE64', 'NUMERIC'], 'BASE64');
    const replaceNullWithDefault = options.flag('replace.null.with.default', compatibility === 'java');
    const cacheSize = options.count('schemas.cache.size', 1_000);
    if (options.flag('schemas.enable', true)) {
      this.#schemas = new SchemaCache(cacheSize, { compatibility, replaceNullWithDefault });
    }
  }

  toConnect(bytes: RawValue): SchemaAndValue {
    if (bytes === null) return NOTHING;
    return this.#schemas ? this.#fromEnvelope(bytes, this.#schemas) : this.#schemaless(this.#parse(bytes));
  }

  #schemaless(json: unknown): SchemaAndValue {
    const value = this.#compatibility === 'java' ? withJavaNumbers(json) : json;
    // Parsed JSON is made of nothing else.
    return { schema: null, value: value as ConnectValue };
  }

  #fromEnvelope(bytes: Uint8Array, schemas: SchemaCache): SchemaAndValue {
    const known = this.#prefix.match(bytes);
    if (known) {
      const payload = tryParse(known.payload);
      if (payload) return { schema: known.found.schema, value: known.found.read(payload.json) };
    }
    const json = this.#parse(bytes);
    if (!isObject(json) || Object.keys(json).length !== 2 || !('schema' in json) || !('payload' in json)) {
      if (json === null && this.#compatibility === 'java') return NOTHING;
      throw new DataError(NOT_AN_ENVELOPE);
    }
    if (json['schema'] === null) return this.#schemaless(json['payload']);
    const compiled = schemas.get(json['schema']);
    this.#prefix.learn(bytes, compiled);
    return { schema: compiled.schema, value: compiled.read(json['payload']) };
  }

  #parse(bytes: Uint8Array): unknown {
    const bare = withoutMark(bytes);
    const text = textOf(bare);
    try {
      return readJson(text);
    } catch (error) {
      if (this.#compatibility === 'java') return parseAsJava(text, error);
      throw new DataError(NOT_JSON, { cause: notJson(text, error) });
    }
  }
}

/** Schemas that came before, by their JSON. */
class SchemaCache {
  readonly #limit: number;
  readonly #options: PayloadOptions;
  readonly #compiled = new Map<string, CompiledSchema>();

  constructor(limit: number, options: PayloadOptions) {
    this.#limit = limit;
    this.#options = options;
  }

  get(json: unknown): CompiledSchema {
    const key = JSON.stringify(json);
    let compiled = this.#compiled.get(key);
    if (compiled === undefined) {
      const schema = connectSchemaOf(json, (type, fallback) => payloadReader(type, this.#options)(fallback));
      compiled = { schema, read: payloadReader(schema, this.#options) };
      // The oldest goes first: a topic's schemas come and go in order.
      const oldest = this.#compiled.size >= this.#limit ? this.#compiled.keys().next().value : undefined;
      if (oldest !== undefined) this.#compiled.delete(oldest);
      this.#compiled.set(key, compiled);
    }
    return compiled;
  }
}

function parseAsJava(text: string, error: unknown): unknown {
  const json = firstJsonValue(text);
  if (json === '' && text.trim() === '') return null;
  try {
    return readJson(json);
  } catch {
    throw new DataError(NOT_JSON, { cause: notJson(text, error) });
  }
}

function tryParse(bytes: Uint8Array): { readonly json: unknown } | undefined {
  const text = utf8TextOf(bytes);
  if (text === undefined) return undefined;
  try {
    return { json: readJson(text) };
  } catch {
    return undefined;
  }
}

/** Without a byte order mark, which Kafka Connect reads over too. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8Text(bytes);
  } catch (error) {
    throw new DataError(NOT_JSON, { cause: error });
  }
}
