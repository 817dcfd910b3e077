import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { GateConnection } from './gate-connection.ts';
import { type KafkaRequest, OFFSET_COMMIT } from './kafka-frames.ts';
import { type CommitFilter, KafkaHold } from './kafka-hold.ts';

const HOST = '127.0.0.1';

/**
 * A port in front of a broker, which can keep a commit of offsets or its answer from going on, or cut the connection
 * there. Everything else passes unchanged. A request whose sender has died meanwhile still reaches the broker.
 */
export class KafkaGate {
  readonly #server: Server;
  readonly #connections = new Set<GateConnection>();
  readonly #armed: KafkaHold[] = [];
  readonly #taken = new Set<KafkaHold>();
  /** The broker's own port, which is chosen after this one. */
  brokerPort = 0;

  private constructor() {
    this.#server = createServer((client) => {
      const connection = new GateConnection(client, connect(this.brokerPort, HOST), (request) => this.#take(request));
      this.#connections.add(connection);
      void connection.ended.then(() => this.#connections.delete(connection));
    });
  }

  static async open(): Promise<KafkaGate> {
    const gate = new KafkaGate();
    gate.#server.listen(0, HOST);
    await once(gate.#server, 'listening');
    return gate;
  }

  get address(): string {
    return `${HOST}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Keeps the next commit that the filter means, until it is told how that goes on. */
  hold(filter: CommitFilter): KafkaHold {
    const hold = new KafkaHold(filter);
    this.#armed.push(hold);
    return hold;
  }

  async close(): Promise<void> {
    for (const hold of this.#taken) hold.cut();
    for (const connection of this.#connections) connection.reset();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #take(request: KafkaRequest): KafkaHold | undefined {
    if (request.apiKey !== OFFSET_COMMIT) return undefined;
    const index = this.#armed.findIndex(({ filter }) => isMeant(filter, request));
    const [hold] = index < 0 ? [] : this.#armed.splice(index, 1);
    if (hold) this.#taken.add(hold);
    return hold;
  }
}

function isMeant({ clientId, entry }: CommitFilter, request: KafkaRequest): boolean {
  if (request.clientId !== clientId) return false;
  return entry === 'position' ? !request.text.includes('"tributary"') : request.text.includes(`"state":"${entry}"`);
}
