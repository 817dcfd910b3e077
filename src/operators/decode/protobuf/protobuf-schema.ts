import protobuf from 'protobufjs';
import { type RegisteredSchema } from '../registry/registry-client.ts';
import { KNOWN_FILES } from './known-files.ts';

/** A .proto file whose names are all resolved. */
export interface ProtobufFile {
  readonly root: protobuf.Root;
  /** The messages at the top of the file, in its order: how a frame counts them. */
  readonly messages: readonly protobuf.Type[];
}

/**
 * Parses a schema with all that it imports: its references, and Google's and Confluent's own files, which no registry keeps.
 *
 * @throws when a file cannot be parsed or is missing.
 */
export function parseProtobuf({ text, references }: RegisteredSchema): ProtobufFile {
  const root = new protobuf.Root();
  const files = new Map(references.map(({ name, text: imported }) => [name, imported]));
  const names = ownMessages(text);
  const seen = new Set<string>();
  const add = (source: string): void => {
    const { imports = [], weakImports = [] } = protobuf.parse(source, root, { keepCase: true });
    for (const file of [...imports, ...weakImports]) {
      if (seen.has(file)) continue;
      seen.add(file);
      addFile(root, file, files.get(file), add);
    }
  };
  add(text);
  root.resolveAll();
  return { root, messages: names.map((name) => root.lookupType(name)) };
}

function addFile(root: protobuf.Root, file: string, source: string | undefined, add: (source: string) => void): void {
  const known = protobuf.common.get(file) ?? KNOWN_FILES[file];
  if (known?.nested) {
    root.addJSON(known.nested);
  } else if (source !== undefined) {
    add(source);
  } else if (!NO_DATA.has(file)) {
    throw new Error(`The Protobuf schema imports ${file}, which is not among its references`);
  }
}

/** They define options only. */
const NO_DATA = new Set(['google/protobuf/descriptor.proto', 'confluent/meta.proto']);

/** The full names of the messages at the top of a file, which a root with other files in it does not tell. */
function ownMessages(text: string): string[] {
  const { root, package: space } = protobuf.parse(text, new protobuf.Root(), { keepCase: true });
  const top = space === undefined ? root : root.lookup(space);
  if (!(top instanceof protobuf.Namespace)) return [];
  return top.nestedArray.filter((nested) => nested instanceof protobuf.Type).map(({ fullName }) => fullName.slice(1));
}

/** A frame's way to a message: its place in the file, then the place in that message, and so on. */
export interface MessagePath {
  readonly indexes: readonly number[];
  /** Bytes that it takes. */
  readonly length: number;
}

const FIRST_MESSAGE: readonly number[] = [0];

/**
 * Reads message indexes: a count and as many numbers, zigzag; a zero alone stands for the first message.
 *
 * @throws RangeError when the bytes end too early or make no sense.
 */
export function readMessagePath(bytes: Uint8Array): MessagePath {
  if (bytes[0] === 0) return { indexes: FIRST_MESSAGE, length: 1 };
  const reader = protobuf.Reader.create(bytes);
  const count = reader.sint32();
  if (count < 0 || count > bytes.length) throw new RangeError(`${count} message indexes are not possible`);
  const indexes = Array.from({ length: count }, () => reader.sint32());
  return { indexes, length: reader.pos };
}

/** @throws RangeError when there is no such message. */
export function messageAt({ messages }: ProtobufFile, indexes: readonly number[]): protobuf.Type {
  let level = messages;
  let found: protobuf.Type | undefined;
  for (const index of indexes) {
    found = level[index];
    if (!found) throw new RangeError(`The Protobuf schema has no message at the indexes ${indexes.join('.')}`);
    level = found.nestedArray.filter((nested) => nested instanceof protobuf.Type);
  }
  if (!found) throw new RangeError('The record does not say which message of the Protobuf schema it is');
  return found;
}
