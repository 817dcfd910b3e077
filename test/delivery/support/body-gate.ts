import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type CuttableHold } from './hold.ts';

const HOST = '127.0.0.1';
const LOAD = '/api/transaction/load';
/** So much of a body passes before it is kept. */
const PASSED_BYTES = 1_000;

class HeldBody implements CuttableHold {
  readonly what = 'the middle of a body';
  isReached = false;
  #left = PASSED_BYTES;
  #kept: Buffer[] = [];
  #client: Socket | undefined;
  #backend: Socket | undefined;

  release(): void {
    this.#left = Number.POSITIVE_INFINITY;
    for (const chunk of this.#kept) this.#backend?.write(chunk);
    this.#kept = [];
  }

  cut(): void {
    this.#client?.resetAndDestroy();
  }

  pass(chunk: Buffer, client: Socket, backend: Socket): void {
    this.#client = client;
    this.#backend = backend;
    const passing = chunk.subarray(0, this.#left);
    this.#left -= passing.length;
    backend.write(passing);
    if (passing.length === chunk.length) return;
    this.isReached = true;
    this.#kept.push(chunk.subarray(passing.length));
  }
}

/** A port in front of a BE, which can keep a load's body from going on in its middle. Everything else passes. */
export class BodyGate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #armed: HeldBody[] = [];

  private constructor(bePort: number) {
    this.#server = createServer((client) => this.#join(client, connect(bePort, HOST)));
  }

  static async open(bePort: number): Promise<BodyGate> {
    const gate = new BodyGate(bePort);
    gate.#server.listen(0, HOST);
    await once(gate.#server, 'listening');
    return gate;
  }

  get address(): string {
    return `${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Keeps the rest of the next load's body after its first 1,000 bytes. */
  hold(): CuttableHold {
    const held = new HeldBody();
    this.#armed.push(held);
    return held;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #join(client: Socket, backend: Socket): void {
    for (const socket of [client, backend]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
    let held: HeldBody | undefined;
    client.on('data', (chunk: Buffer) => {
      // The body follows the BE's "100 Continue", so it never comes in one piece with its head.
      if (chunk.includes(LOAD)) {
        held = this.#armed.shift();
        backend.write(chunk);
      } else if (held) held.pass(chunk, client, backend);
      else backend.write(chunk);
    });
    backend.on('data', (chunk: Buffer) => {
      if (client.writable) client.write(chunk);
    });
    client.on('close', () => backend.destroy());
    backend.on('close', () => client.destroy());
  }
}
