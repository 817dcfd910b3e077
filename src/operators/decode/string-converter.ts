import { type ConnectSchema, optionalSchema, type SchemaAndValue } from '../../core/connect-data.ts';
import { type RawValue } from '../../core/record-batch.ts';
import { textDecoder } from '../../core/text-decoder.ts';
import { type Converter } from './converter.ts';
import { type ConverterOptions } from './converter-options.ts';

const SCHEMA: ConnectSchema = optionalSchema('string');

/** `org.apache.kafka.connect.storage.StringConverter`: text in `converter.encoding`, UTF-8 by default. */
export class StringConverter implements Converter {
  readonly #decode: (bytes: Uint8Array) => string;

  /** @throws ConfigError for an encoding that is not known here. */
  constructor(options: ConverterOptions) {
    const encoding = options.text('converter.encoding') ?? 'UTF-8';
    const decode = textDecoder(encoding);
    if (!decode)
      throw options.problem('converter.encoding', 'this encoding is not known here; UTF-8 and ISO-8859-1 are');
    this.#decode = decode;
  }

  toConnect(bytes: RawValue): SchemaAndValue {
    return { schema: SCHEMA, value: bytes === null ? null : this.#decode(bytes) };
  }
}
