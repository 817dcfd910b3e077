import { type Socket } from 'node:net';
import { correlationIdOf, KafkaFrames, type KafkaRequest, readRequest } from './kafka-frames.ts';
import { type KafkaHold } from './kafka-hold.ts';

/** One client's connection through the gate. Messages keep their order: behind one that is kept, the others wait. */
export class GateConnection {
  /** Settles when both sides are closed. */
  readonly ended: Promise<unknown>;
  readonly #client: Socket;
  readonly #broker: Socket;
  readonly #take: (request: KafkaRequest) => KafkaHold | undefined;
  /** Answers that are awaited, some with a hold on them. */
  readonly #awaited = new Map<number, KafkaHold | undefined>();
  #requests: Promise<void> = Promise.resolve();
  #answers: Promise<void> = Promise.resolve();
  #queued = 0;
  #clientGone = false;

  constructor(client: Socket, broker: Socket, take: (request: KafkaRequest) => KafkaHold | undefined) {
    this.#client = client;
    this.#broker = broker;
    this.#take = take;
    const requests = new KafkaFrames();
    const answers = new KafkaFrames();
    client.on('data', (chunk: Buffer) => {
      for (const frame of requests.push(chunk)) this.#queue(() => this.#passRequest(frame));
    });
    broker.on('data', (chunk: Buffer) => {
      for (const frame of answers.push(chunk)) this.#answers = this.#answers.then(() => this.#passAnswer(frame));
    });
    for (const socket of [client, broker]) socket.on('error', () => socket.destroy());
    client.on('close', () => {
      this.#clientGone = true;
      this.#endWhenIdle();
    });
    broker.on('close', () => client.destroy());
    this.ended = Promise.all([client, broker].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  }

  reset(): void {
    for (const socket of [this.#client, this.#broker]) socket.resetAndDestroy();
  }

  #queue(pass: () => Promise<void>): void {
    this.#queued++;
    this.#requests = this.#requests.then(pass).then(() => {
      this.#queued--;
      this.#endWhenIdle();
    });
  }

  async #passRequest(frame: Buffer): Promise<void> {
    const request = readRequest(frame);
    const hold = this.#take(request);
    if (hold?.filter.when === 'before' && (await hold.reach()) === 'cut') {
      this.reset();
      return;
    }
    if (!this.#broker.writable) return;
    this.#awaited.set(request.correlationId, hold?.filter.when === 'after' ? hold : undefined);
    this.#broker.write(frame);
  }

  async #passAnswer(frame: Buffer): Promise<void> {
    const hold = this.#awaited.get(correlationIdOf(frame));
    this.#awaited.delete(correlationIdOf(frame));
    if (hold && (await hold.reach()) === 'cut') {
      this.reset();
      return;
    }
    if (this.#client.writable) this.#client.write(frame);
    this.#endWhenIdle();
  }

  /** A client that was killed has sent what it has sent: the broker gets it, and acts, before the connection ends. */
  #endWhenIdle(): void {
    if (this.#clientGone && this.#queued === 0 && this.#awaited.size === 0) this.#broker.destroy();
  }
}
