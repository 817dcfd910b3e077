import { type ConnectSchema, optionalSchema, type SchemaAndValue } from '../../core/connect-data.ts';
import { type RawValue } from '../../core/record-batch.ts';
import { type Converter } from './converter.ts';
import { type ConverterOptions } from './converter-options.ts';

const SCHEMA: ConnectSchema = optionalSchema('string');
/** Java's names of encodings that the web's names lack. */
const JAVA_NAMES: Readonly<Record<string, string>> = { utf8: 'utf-8', utf16: 'utf-16be', 'utf-16': 'utf-16be' };

/** `org.apache.kafka.connect.storage.StringConverter`: text in `converter.encoding`, UTF-8 by default. */
export class StringConverter implements Converter {
  readonly #decode: (bytes: Uint8Array) => string;

  /** @throws ConfigError for an encoding that is not known here. */
  constructor(options: ConverterOptions) {
    const encoding = options.text('converter.encoding') ?? 'UTF-8';
    const decode = decoderOf(encoding);
    if (!decode)
      throw options.problem('converter.encoding', 'this encoding is not known here; UTF-8 and ISO-8859-1 are');
    this.#decode = decode;
  }

  toConnect(bytes: RawValue): SchemaAndValue {
    return { schema: SCHEMA, value: bytes === null ? null : this.#decode(bytes) };
  }
}

function decoderOf(encoding: string): ((bytes: Uint8Array) => string) | undefined {
  const name = encoding.toLowerCase();
  if (/^(utf-?8)$/.test(name)) return (bytes) => asBuffer(bytes).toString('utf8');
  // What the web calls ISO-8859-1 is windows-1252, which has other characters at 0x80.
  if (/^(iso[-_]?8859[-_]1|latin-?1)$/.test(name)) return (bytes) => asBuffer(bytes).toString('latin1');
  try {
    // A BOM is text in Java.
    const decoder = new TextDecoder(JAVA_NAMES[name] ?? name, { ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
