import { integer, optionalSchema, type PrimitiveSchema, type SchemaAndValue } from '../../core/connect-data.ts';
import { type RawValue } from '../../core/record-batch.ts';
import { type Converter, DataError } from './converter.ts';

interface Form {
  readonly schema: PrimitiveSchema;
  readonly size: number;
  readonly read: (view: DataView) => number | bigint | boolean;
}

const FORMS = {
  Short: { schema: optionalSchema('int16'), size: 2, read: (view) => view.getInt16(0) },
  Integer: { schema: optionalSchema('int32'), size: 4, read: (view) => view.getInt32(0) },
  Long: { schema: optionalSchema('int64'), size: 8, read: (view) => integer(view.getBigInt64(0)) },
  Float: { schema: optionalSchema('float32'), size: 4, read: (view) => view.getFloat32(0) },
  Double: { schema: optionalSchema('float64'), size: 8, read: (view) => view.getFloat64(0) },
  Boolean: { schema: optionalSchema('boolean'), size: 1, read: readBoolean },
} satisfies Record<string, Form>;

type NumberForm = keyof typeof FORMS;

/**
 * `org.apache.kafka.connect.converters.LongConverter` and its likes: one number of a fixed size, big-endian, as Kafka's own
 * serializers write it; and BooleanConverter, one byte.
 */
export class NumberConverter implements Converter {
  readonly #name: NumberForm;
  readonly #form: Form;

  constructor(name: NumberForm) {
    this.#name = name;
    this.#form = FORMS[name];
  }

  toConnect(bytes: RawValue): SchemaAndValue {
    const { schema, size, read } = this.#form;
    if (bytes === null) return { schema, value: null };
    try {
      if (bytes.length !== size) {
        throw new DataError(`Size of data received by ${this.#name}Deserializer is not ${size}`);
      }
      return { schema, value: read(new DataView(bytes.buffer, bytes.byteOffset, size)) };
    } catch (error) {
      throw new DataError(`Failed to deserialize ${this.#name.toLowerCase()}`, { cause: error });
    }
  }
}

function readBoolean(view: DataView): boolean {
  const byte = view.getUint8(0);
  if (byte > 1) throw new DataError(`Unexpected byte received by BooleanDeserializer: ${byte}`);
  return byte === 1;
}
