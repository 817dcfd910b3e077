import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Cluster } from '../cluster.ts';
import { MysqlConnection } from './mysql-connection.ts';

/** The query port of an FE. */
export class MysqlServer {
  readonly #cluster: Cluster;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #nextId = 1;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async start(port: number, host: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    // Whatever a client sends, only its own connection ends by it.
    new MysqlConnection(this.#cluster, socket, this.#nextId++)
      .run()
      .catch(() => undefined)
      .finally(() => socket.destroySoon());
  }
}
