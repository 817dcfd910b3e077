import { type Compatibility } from '../converter.ts';
import { type ConverterOptions } from '../converter-options.ts';
import { type RegisteredSchema } from '../registry/registry-client.ts';
import { type RegistryFormat, type SchemaReader } from '../registry/registry-converter.ts';
import { ProtobufCompiler, type ProtobufConnectOptions } from './protobuf-connect.ts';
import { messageAt, parseProtobuf, readMessagePath } from './protobuf-schema.ts';

/** What `io.confluent.connect.protobuf.ProtobufConverter` reads: protobufjs decodes, and Confluent's rules say what becomes of it. */
export function protobufFormat(options: ConverterOptions, compatibility: Compatibility): RegistryFormat {
  const settings: ProtobufConnectOptions = {
    compatibility,
    enhanced: options.flag('enhanced.protobuf.schema.support', false),
    intForEnums: options.flag('int.for.enums', false),
    optionalForNullables: options.flag('optional.for.nullables', false),
    indexForUnions: options.flag('generate.index.for.unions', true),
    flattenUnions: options.flag('flatten.unions', false),
    unwrap: options.flag('wrapper.for.raw.primitives', true),
  };
  return {
    type: 'PROTOBUF',
    failure: (topic) => `Failed to deserialize data for topic ${topic} to Protobuf`,
    compile: (registered) => compile(registered, settings),
  };
}

function compile(registered: RegisteredSchema, settings: ProtobufConnectOptions): SchemaReader {
  const file = parseProtobuf(registered);
  const compiler = new ProtobufCompiler(settings);
  return (payload, prefix) => {
    const { indexes, length } = readMessagePath(prefix ?? payload);
    const type = messageAt(file, indexes);
    const { schema, read } = compiler.message(type);
    return { schema, value: read(type.decode(prefix ? payload : payload.subarray(length))) };
  };
}
