import { type SchemaAndValue } from '../../../core/connect-data.ts';
import { type RawValue, type RecordList } from '../../../core/record-batch.ts';
import { type Converter, type ConverterRecord, DataError, NOTHING, type SchemaReader } from '../converter.ts';
import { type RegisteredSchema } from './registry-client.ts';
import { type SchemaStore } from './schema-store.ts';
import { readFrame, schemaId, schemaKey } from './wire-format.ts';

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
  /** Of the record before: nearly all have the same schema. */
  #last: { readonly id: number; readonly reader: SchemaReader } | undefined;

  constructor(options: RegistryConverterOptions) {
    this.#options = options;
  }

  prepareValue(records: RecordList<RawValue>, index: number): Promise<void> | undefined {
    const id = this.#schemaIdAt(records, index);
    if (id !== undefined) return id === this.#last?.id ? undefined : this.#options.store.prepare(String(id));
    const bytes = records.value(index);
    return bytes ? this.#prepare(bytes, records.record(index)) : undefined;
  }

  prepareKey(key: RawValue, record: ConverterRecord): Promise<void> | undefined {
    return key ? this.#prepare(key, record) : undefined;
  }

  toConnect(bytes: RawValue, record: ConverterRecord): SchemaAndValue {
    if (bytes === null) return NOTHING;
    const { format, store, header } = this.#options;
    try {
      const frame = readFrame(bytes, record, header);
      if (!frame)
        throw new DataError(bytes.length < 5 ? 'Size of data is too small for a schema id' : 'Unknown magic byte!');
      return store.get(frame.key).read(frame.payload, frame.prefix);
    } catch (error) {
      throw new DataError(format.failure(record.topic), { cause: error });
    }
  }

  readerOf(records: RecordList<RawValue>, index: number): SchemaReader | undefined {
    const id = this.#schemaIdAt(records, index);
    if (id === undefined) return undefined;
    if (id !== this.#last?.id) {
      const reader = this.#options.store.known(String(id));
      if (reader === undefined) return undefined;
      this.#last = { id, reader };
    }
    return this.#last.reader;
  }

  #prepare(bytes: Uint8Array, record: ConverterRecord): Promise<void> | undefined {
    const key = schemaKey(bytes, record, this.#options.header);
    return key === undefined ? undefined : this.#options.store.prepare(key);
  }

  /** What names the schema of a value in fetched memory; undefined where it is not an id in front of the data. */
  #schemaIdAt(records: RecordList<RawValue>, index: number): number | undefined {
    const { bytes } = records;
    const start = bytes?.start(index) ?? -1;
    if (bytes === undefined || start < 0) return undefined;
    const id = schemaId(bytes.memory(index), start, bytes.end(index));
    return id === undefined || this.#isNamedByHeader(records, index) ? undefined : id;
  }

  #isNamedByHeader(records: RecordList, index: number): boolean {
    const { header } = this.#options;
    return records.hasHeader?.(index, header) ?? header in records.record(index).headers;
  }

  check(): Promise<void> {
    return this.#options.check();
  }

  close(): void {
    this.#options.store.close();
    this.#options.onClose();
  }
}
