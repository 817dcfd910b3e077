import type protobuf from 'protobufjs';
import { type SchemaReader } from '../converter.ts';
import { type RegisteredSchema } from '../registry/registry-client.ts';
import { type Transcoder } from '../transcoder.ts';
import { ProtobufCompiler } from './protobuf-connect.ts';
import { type ProtobufConnectOptions } from './protobuf-connect-options.ts';
import { messageAt, parseProtobuf, readMessagePath } from './protobuf-schema.ts';
import { protobufTranscoder } from './protobuf-transcoder.ts';

/** The whole path of the first message of a file. */
const FIRST_MESSAGE = 0;

/**
 * What reads the messages of a Protobuf schema.
 *
 * @throws Error when the schema cannot be used.
 */
export function protobufReader(registered: RegisteredSchema, settings: ProtobufConnectOptions): SchemaReader {
  const file = parseProtobuf(registered);
  const compiler = new ProtobufCompiler(settings);
  const transcoders = new Map<protobuf.Type, Transcoder | undefined>();
  const transcoderOf = (type: protobuf.Type): Transcoder | undefined => {
    if (!transcoders.has(type)) {
      const { schema, fields } = compiler.message(type);
      const wraps = settings.compatibility === 'java';
      transcoders.set(type, protobufTranscoder({ type, schema, fields, wraps }, pathLength));
    }
    return transcoders.get(type);
  };
  const [first] = file.messages;
  return {
    transcoder(memory, start, end) {
      try {
        if (memory[start] === FIRST_MESSAGE) return first && transcoderOf(first);
        return transcoderOf(messageAt(file, readMessagePath(memory.subarray(start, end)).indexes));
      } catch {
        // What is wrong with it, the reader says.
        return undefined;
      }
    },
    read(payload, prefix) {
      const { indexes, length } = readMessagePath(prefix ?? payload);
      const type = messageAt(file, indexes);
      const { schema, read } = compiler.message(type);
      return { schema, value: read(type.decode(prefix ? payload : payload.subarray(length))) };
    },
  };
}

function pathLength(memory: Buffer, start: number, end: number): number {
  return memory[start] === FIRST_MESSAGE ? 1 : readMessagePath(memory.subarray(start, end)).length;
}
