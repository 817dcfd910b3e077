import { type RegisteredSchema } from '../registry/registry-client.ts';
import { type SchemaReader } from '../registry/registry-converter.ts';
import { ProtobufCompiler } from './protobuf-connect.ts';
import { type ProtobufConnectOptions } from './protobuf-connect-options.ts';
import { messageAt, parseProtobuf, readMessagePath } from './protobuf-schema.ts';

/**
 * What reads the messages of a Protobuf schema.
 *
 * @throws Error when the schema cannot be used.
 */
export function protobufReader(registered: RegisteredSchema, settings: ProtobufConnectOptions): SchemaReader {
  const file = parseProtobuf(registered);
  const compiler = new ProtobufCompiler(settings);
  return (payload, prefix) => {
    const { indexes, length } = readMessagePath(prefix ?? payload);
    const type = messageAt(file, indexes);
    const { schema, read } = compiler.message(type);
    return { schema, value: read(type.decode(prefix ? payload : payload.subarray(length))) };
  };
}
