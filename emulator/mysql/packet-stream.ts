import { once } from 'node:events';
import { type Socket } from 'node:net';
import { ProtocolError } from './packet-reader.ts';

const LARGEST_PAYLOAD = 0xff_ffff;
/** `max_allowed_packet`: what a client may make us keep in memory. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;

/** MySQL's framing: a length of three bytes, a sequence number, a payload; long messages come in several packets. */
export class PacketStream {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  #buffered: Buffer = Buffer.alloc(0);
  #sequence = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** A command starts a new count of packets. */
  startCommand(): void {
    this.#sequence = 0;
  }

  /** The next message, or undefined when the client has closed the connection. */
  async read(): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let total = 0;
    for (;;) {
      const header = await this.#take(4);
      if (header === undefined) return undefined;
      const length = header.readUIntLE(0, 3);
      total += length;
      if (total > LARGEST_MESSAGE) throw new ProtocolError('packet too large');
      this.#sequence = header.readUInt8(3) + 1;
      const payload = await this.#take(length);
      if (payload === undefined) return undefined;
      parts.push(payload);
      if (length < LARGEST_PAYLOAD) return parts.length === 1 ? payload : Buffer.concat(parts);
    }
  }

  /** Sends one message and waits when the client reads slower than we write. */
  async write(payload: Buffer): Promise<void> {
    let position = 0;
    for (;;) {
      const part = payload.subarray(position, position + LARGEST_PAYLOAD);
      const header = Buffer.alloc(4);
      header.writeUIntLE(part.length, 0, 3);
      header.writeUInt8(this.#sequence++ & 0xff, 3);
      this.#socket.write(header);
      if (!this.#socket.write(part) && !this.#socket.destroyed) await once(this.#socket, 'drain');
      position += part.length;
      if (part.length < LARGEST_PAYLOAD) return;
    }
  }

  async #take(count: number): Promise<Buffer | undefined> {
    if (count === 0) return Buffer.alloc(0);
    const parts = [this.#buffered];
    let have = this.#buffered.length;
    while (have < count) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      parts.push(next.value);
      have += next.value.length;
    }
    const bytes = parts.length === 1 ? this.#buffered : Buffer.concat(parts);
    this.#buffered = bytes.subarray(count);
    return bytes.subarray(0, count);
  }
}
