import { type Socket } from 'node:net';
import { type Cluster } from '../cluster.ts';
import { type StatementResult } from '../sql/result.ts';
import { SqlSession } from '../sql/session.ts';
import { splitStatements } from '../sql/split-statements.ts';
import { SqlError } from '../sql/sql-error.ts';
import { columnPacket, eofPacket, errorPacket, okPacket } from './answers.ts';
import { COMMAND } from './constants.ts';
import { handshake } from './handshake.ts';
import { PacketReader } from './packet-reader.ts';
import { PacketStream } from './packet-stream.ts';
import { PacketWriter } from './packet-writer.ts';
import { bind, type PreparedStatement, prepare, preparedPacket } from './prepared.ts';
import { binaryRow, type RowEncoder, textRow } from './rows.ts';

const OK = { affectedRows: 0, info: '' };

/** One client of the query port, from its greeting to its end. */
export class MysqlConnection {
  readonly #stream: PacketStream;
  readonly #cluster: Cluster;
  readonly #id: number;
  readonly #statements = new Map<number, PreparedStatement>();
  #nextStatement = 1;

  constructor(cluster: Cluster, socket: Socket, id: number) {
    this.#cluster = cluster;
    this.#stream = new PacketStream(socket);
    this.#id = id;
  }

  async run(): Promise<void> {
    const session = await this.#logIn();
    if (session === undefined) return;
    try {
      for (;;) {
        this.#stream.startCommand();
        const packet = await this.#stream.read();
        if (packet === undefined || packet[0] === COMMAND.quit) return;
        await this.#command(session, packet);
      }
    } finally {
      session.close();
    }
  }

  async #logIn(): Promise<SqlSession | undefined> {
    let session: SqlSession | undefined;
    try {
      const login = await handshake(this.#stream, this.#cluster.users, this.#id);
      if (login === undefined) return undefined;
      session = await SqlSession.open(this.#cluster, login.user, this.#id);
      if (login.database !== undefined) await session.use(login.database);
      await this.#stream.write(okPacket(OK, false));
      return session;
    } catch (error) {
      session?.close();
      if (!(error instanceof SqlError)) throw error;
      await this.#stream.write(errorPacket(error));
      return undefined;
    }
  }

  async #command(session: SqlSession, packet: Buffer): Promise<void> {
    try {
      await this.#dispatch(session, packet);
    } catch (error) {
      await this.#stream.write(errorPacket(asSqlError(error)));
    }
  }

  async #dispatch(session: SqlSession, packet: Buffer): Promise<void> {
    const reader = new PacketReader(packet);
    switch (reader.byte()) {
      case COMMAND.initDb:
        await session.use(reader.rest().toString());
        return this.#stream.write(okPacket(OK, false));
      case COMMAND.query:
        return this.#query(session, reader.rest().toString(), textRow);
      case COMMAND.ping:
      case COMMAND.resetConnection:
      case COMMAND.resetStatement:
        return this.#stream.write(okPacket(OK, false));
      case COMMAND.setOption:
      case COMMAND.fieldList:
        return this.#stream.write(eofPacket(false));
      case COMMAND.statistics:
        return this.#stream.write(new PacketWriter().text('StarRocks emulator').build());
      case COMMAND.prepare:
        return this.#prepare(reader.rest().toString());
      case COMMAND.execute: {
        const statement = this.#statements.get(reader.uint32());
        if (statement === undefined) throw new SqlError(1243, 'HY000', 'Unknown prepared statement');
        return this.#query(session, bind(statement, reader), binaryRow);
      }
      case COMMAND.closeStatement:
        this.#statements.delete(reader.uint32());
        return;
      default:
        throw new SqlError(1047, '08S01', 'Unknown command');
    }
  }

  async #prepare(sql: string): Promise<void> {
    const statement = prepare(sql);
    const id = this.#nextStatement++;
    this.#statements.set(id, statement);
    await this.#stream.write(preparedPacket(id, statement));
    const { length } = statement.parameters;
    if (length === 0) return;
    for (let index = 0; index < length; index++) {
      await this.#stream.write(columnPacket({ name: '?', type: 'VAR_STRING' }));
    }
    await this.#stream.write(eofPacket(false));
  }

  async #query(session: SqlSession, sql: string, encode: RowEncoder): Promise<void> {
    const statements = splitStatements(sql);
    if (statements.length === 0) throw new SqlError(1065, '42000', 'Query was empty');
    for (const [index, statement] of statements.entries()) {
      await this.#answer(await session.run(statement), encode, index + 1 < statements.length);
    }
  }

  async #answer(result: StatementResult, encode: RowEncoder, more: boolean): Promise<void> {
    if (result.kind === 'ok') return this.#stream.write(okPacket(result, more));
    const { columns } = result;
    await this.#stream.write(new PacketWriter().lengthInteger(columns.length).build());
    for (const column of columns) await this.#stream.write(columnPacket(column));
    await this.#stream.write(eofPacket(more));
    for await (const batch of result.batches) {
      for (const row of batch) await this.#stream.write(encode(row, columns));
    }
    await this.#stream.write(eofPacket(more));
  }
}

export function asSqlError(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  return new SqlError(1064, 'HY000', error instanceof Error ? error.message : String(error));
}
