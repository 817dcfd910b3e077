import { type Users } from '../catalog/users.ts';
import { SqlError } from '../sql/sql-error.ts';
import { newScramble, verifyNativePassword } from './authentication.ts';
import { CAPABILITY, SERVER_CAPABILITIES, STATUS_AUTOCOMMIT, UTF8 } from './constants.ts';
import { PacketReader, ProtocolError } from './packet-reader.ts';
import { type PacketStream } from './packet-stream.ts';
import { PacketWriter } from './packet-writer.ts';

const PLUGIN = 'mysql_native_password';
/** What StarRocks calls itself for MySQL clients, which is not its own version. */
const SERVER_VERSION = '8.0.33';

export interface Login {
  readonly user: string;
  readonly database: string | undefined;
}

/** Greets the client and checks its password; undefined when it went away. */
export async function handshake(stream: PacketStream, users: Users, connectionId: number): Promise<Login | undefined> {
  const scramble = newScramble();
  await stream.write(greeting(scramble, connectionId));
  const packet = await stream.read();
  if (packet === undefined) return undefined;
  const reply = readReply(new PacketReader(packet));
  const auth = reply.plugin === PLUGIN ? reply.auth : await switchPlugin(stream, scramble);
  if (auth === undefined) return undefined;
  const password = users.passwordOf(reply.user);
  if (password === undefined || !verifyNativePassword(password, scramble, auth)) {
    const using = auth.length > 0 ? 'YES' : 'NO';
    throw new SqlError(1045, '28000', `Access denied for user '${reply.user}' (using password: ${using})`);
  }
  return { user: reply.user, database: reply.database };
}

function greeting(scramble: Buffer, connectionId: number): Buffer {
  return new PacketWriter()
    .byte(10)
    .nullTerminated(SERVER_VERSION)
    .uint32(connectionId)
    .bytes(scramble.subarray(0, 8))
    .byte(0)
    .uint16(SERVER_CAPABILITIES)
    .byte(UTF8)
    .uint16(STATUS_AUTOCOMMIT)
    .uint16(SERVER_CAPABILITIES >>> 16)
    .byte(scramble.length + 1)
    .zeros(10)
    .bytes(scramble.subarray(8))
    .byte(0)
    .nullTerminated(PLUGIN)
    .build();
}

interface Reply extends Login {
  readonly auth: Buffer;
  readonly plugin: string;
}

function readReply(reader: PacketReader): Reply {
  const capabilities = reader.uint32();
  if ((capabilities & CAPABILITY.protocol41) === 0) throw new ProtocolError('only protocol 4.1 is spoken here');
  reader.bytes(28);
  const user = reader.nullTerminated();
  const encoded = (capabilities & CAPABILITY.lengthEncodedAuth) !== 0;
  const auth = encoded ? reader.lengthBytes() : reader.bytes(reader.byte());
  const hasDatabase = (capabilities & CAPABILITY.connectWithDb) !== 0 && reader.remaining > 0;
  const database = hasDatabase ? reader.nullTerminated() : '';
  const hasPlugin = (capabilities & CAPABILITY.pluginAuth) !== 0 && reader.remaining > 0;
  const plugin = hasPlugin ? reader.nullTerminated() : PLUGIN;
  return { user, auth, database: database === '' ? undefined : database, plugin };
}

/** The client would rather use another plugin: ask for ours. */
async function switchPlugin(stream: PacketStream, scramble: Buffer): Promise<Buffer | undefined> {
  await stream.write(new PacketWriter().byte(0xfe).nullTerminated(PLUGIN).bytes(scramble).byte(0).build());
  return stream.read();
}
