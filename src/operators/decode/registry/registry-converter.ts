import { type SchemaAndValue } from '../../../core/connect-data.ts';
import { type RawValue } from '../../../core/record-batch.ts';
import { type Converter, type ConverterRecord, DataError, NOTHING } from '../converter.ts';
import { type RegisteredSchema } from './registry-client.ts';
import { type SchemaStore } from './schema-store.ts';
import { readFrame, schemaKey } from './wire-format.ts';

/** Reads the data of one schema. */
export type SchemaReader = (payload: Uint8Array, prefix: Uint8Array | undefined) => SchemaAndValue;

/** A kind of schema that a registry keeps. */
export interface RegistryFormat {
  /** As the registry names it: AVRO, PROTOBUF, JSON. */
  readonly type: string;
  /** What stands before the reason when bytes cannot be read, as the Java converter has it. */
  readonly failure: (topic: string) => string;
  /** Rejects when the schema cannot be used. What reads the format is loaded with its first schema: most pipelines need none of it. */
  readonly compile: (schema: RegisteredSchema) => Promise<SchemaReader>;
}

export interface RegistryConverterOptions {
  readonly format: RegistryFormat;
  readonly store: SchemaStore<SchemaReader>;
  /** Where newer serializers put the schema's name. */
  readonly header: string;
  readonly check: () => Promise<void>;
  readonly onClose: () => void;
}

/** Converters whose records name a schema of a registry: it is fetched before the first record that needs it is decoded. */
export class RegistryConverter implements Converter {
  readonly #options: RegistryConverterOptions;

  constructor(options: RegistryConverterOptions) {
    this.#options = options;
  }

  prepare(bytes: RawValue, record: ConverterRecord): Promise<void> | undefined {
    const key = bytes ? schemaKey(bytes, record, this.#options.header) : undefined;
    return key === undefined ? undefined : this.#options.store.prepare(key);
  }

  toConnect(bytes: RawValue, record: ConverterRecord): SchemaAndValue {
    if (bytes === null) return NOTHING;
    const { format, store, header } = this.#options;
    try {
      const frame = readFrame(bytes, record, header);
      if (!frame)
        throw new DataError(bytes.length < 5 ? 'Size of data is too small for a schema id' : 'Unknown magic byte!');
      return store.get(frame.key)(frame.payload, frame.prefix);
    } catch (error) {
      throw new DataError(format.failure(record.topic), { cause: error });
    }
  }

  check(): Promise<void> {
    return this.#options.check();
  }

  close(): void {
    this.#options.store.close();
    this.#options.onClose();
  }
}
