import { type Compatibility } from '../converter.ts';
import { type ConverterOptions } from '../converter-options.ts';
import { type RegistryFormat } from '../registry/registry-converter.ts';
import { type ProtobufConnectOptions } from './protobuf-connect-options.ts';

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
    async compile(registered) {
      const { protobufReader } = await import('./protobuf-reader.ts');
      return protobufReader(registered, settings);
    },
  };
}
