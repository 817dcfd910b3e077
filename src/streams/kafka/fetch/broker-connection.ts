import { Buffer } from 'node:buffer';
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Deferred } from '../../../core/deferred.ts';
import { UnavailableError } from '../../../core/errors.ts';
import { within } from '../../../core/within.ts';
import { type KafkaConnectionOptions, tlsOptions } from '../client-options.ts';
import { type Api, apiVersions, commonVersion, type OfferedVersions } from './api.ts';
import { nameOfError } from './error-codes.ts';
import { type BrokerAddress } from './metadata-api.ts';
import { saslAuthenticate, saslHandshake } from './sasl-api.ts';
import { authenticateWithScram } from './scram.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

/** The size of an answer and the number of its request. */
const HEAD_BYTES = 8;
const CORRELATION_BYTES = 4;
const MEMORY_STEP_BYTES = 256 * 1024;
/** What an idle connection may keep for the next answer. */
const MOST_SPARE_BYTES = 16 * 1024 * 1024;

/** The one request that is under way. */
interface Pending {
  readonly correlationId: number;
  readonly answer: Deferred<Buffer>;
}

/**
 * A connection to one broker, with one request at a time. An answer is read from the socket straight into memory of its
 * own, which its records stay in. After any failure it is closed and of no more use.
 */
export class BrokerConnection {
  readonly #options: KafkaConnectionOptions;
  readonly #address: BrokerAddress;
  readonly #socket: Socket;
  readonly #connected = new Deferred<void>();
  readonly #head = Buffer.alloc(HEAD_BYTES);
  /** What is read now: the head of an answer, or what follows it. */
  #target: Buffer = this.#head;
  #filled = 0;
  #lastAnswer: Buffer = this.#head;
  /** Memory that nobody needs any more. New memory costs the kernel time, and a garbage collection every 32 MB. */
  #spare: ArrayBufferLike | undefined;
  #pending: Pending | undefined;
  #nextCorrelationId = 0;
  #offered: OfferedVersions = new Map();
  #closed: Error | undefined;

  private constructor(options: KafkaConnectionOptions, address: BrokerAddress) {
    this.#options = options;
    this.#address = address;
    const { host, port } = address;
    const onread: OnReadOpts = {
      // Asked for at the end of a read, for the next one: the next answer's head goes there although nobody waits for it yet.
      buffer: () => this.#target.subarray(this.#filled),
      callback: (bytes) => this.#received(bytes),
    };
    const target = { host, port, onread };
    const connected = (): void => this.#connected.resolve();
    this.#socket = options.tls
      ? // A name in the greeting must not be an address.
        connectTls({ ...target, ...tlsOptions(options.tls), ...(isIP(host) === 0 && { servername: host }) }, connected)
      : connect(target, connected);
    // Otherwise nobody hears that the broker has closed it.
    this.#socket.resume();
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true, 60_000);
    this.#socket.on('error', (error) => this.#fail(`failed: ${error.message}`, error));
    this.#socket.on('close', () => this.#fail('was closed by the broker'));
  }

  /**
   * Connects, finds out what the broker speaks, and logs in.
   *
   * @throws UnavailableError when that is refused or takes too long.
   */
  static async open(
    options: KafkaConnectionOptions,
    address: BrokerAddress,
    signal: AbortSignal,
  ): Promise<BrokerConnection> {
    const connection = new BrokerConnection(options, address);
    const giveUp = (): void => connection.close();
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      signal.throwIfAborted();
      await connection.#open();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Whether it can still be used. */
  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** Whether the broker answers such requests. */
  speaks(api: Parameters<typeof commonVersion>[0]): boolean {
    return commonVersion(api, this.#offered) !== undefined;
  }

  /** Sends a request and brings its answer. `waitMs` is what the broker may take beyond the usual time. */
  async request<Request, Response>(api: Api<Request, Response>, request: Request, waitMs = 0): Promise<Response> {
    const version = api.key === apiVersions.key ? 0 : commonVersion(api, this.#offered);
    if (version === undefined) {
      throw this.#fail(
        `cannot be used: the broker does not speak ${api.name} in versions ${api.oldest} to ${api.newest}. Brokers of 0.11 and later do`,
      );
    }
    if (this.#pending) throw new Error('A connection takes one request at a time.');
    if (this.#closed) throw this.#closed;
    const correlationId = this.#nextCorrelationId++ & 0x7fffffff;
    const answer = new Deferred<Buffer>();
    this.#pending = { correlationId, answer };
    this.#expect(this.#head);
    const isCompact = version >= (api.compactFrom ?? Number.POSITIVE_INFINITY);
    const head = new WireWriter();
    head.int16(api.key).int16(version).int32(correlationId).string(this.#options.clientId);
    const body = new WireWriter(isCompact).end();
    api.write(body, request, version);
    const bytesOfRequest = Buffer.concat([head.toBuffer(), body.toBuffer()]);
    this.#socket.write(new WireWriter().bytes(bytesOfRequest).toBuffer());

    const limitMs = this.#options.requestTimeoutMs + waitMs;
    if (!(await within(limitMs, answer.promise))) throw this.#fail(`got no answer to ${api.name} within ${limitMs} ms`);
    const bytes = await answer.promise;
    try {
      const reader = new WireReader(bytes, isCompact);
      reader.end();
      return api.read(reader, version);
    } catch (error) {
      throw this.#fail(`brought an answer to ${api.name} that cannot be read`, error);
    }
  }

  /** Nobody needs the last answer any more, nor views of it: the next one may take its memory. */
  reuseAnswer(): void {
    const { byteLength } = this.#lastAnswer.buffer;
    if (byteLength <= MOST_SPARE_BYTES) this.#spare = this.#lastAnswer.buffer;
  }

  close(): void {
    this.#fail('was closed');
  }

  async #open(): Promise<void> {
    const { connectionTimeoutMs, sasl } = this.#options;
    if (!(await within(connectionTimeoutMs, this.#connected.promise))) {
      throw this.#fail(`was not there within ${connectionTimeoutMs} ms`);
    }
    const { error, offered } = await this.request(apiVersions, undefined);
    if (error !== 0) throw this.#fail(`is refused: ${nameOfError(error)}`);
    this.#offered = offered;
    if (sasl) await this.#logIn(sasl);
  }

  async #logIn({ mechanism, username, password }: NonNullable<KafkaConnectionOptions['sasl']>): Promise<void> {
    const { error, mechanisms } = await this.request(saslHandshake, mechanism.toUpperCase());
    if (error !== 0) {
      throw this.#fail(`does not take ${mechanism}, but ${mechanisms.join(', ')}. Check sasl.mechanism`);
    }
    const send = async (bytes: Buffer): Promise<Buffer> => {
      const answer = await this.request(saslAuthenticate, bytes);
      if (answer.error !== 0) {
        throw this.#fail(
          `refused the user ${username}: ${answer.message ?? nameOfError(answer.error)}. Check sasl.mechanism and sasl.jaas.config`,
        );
      }
      return answer.bytes;
    };
    if (mechanism === 'plain') {
      await send(Buffer.from(`\0${username}\0${password}`, 'utf8'));
      return;
    }
    await authenticateWithScram(
      { hash: mechanism === 'scram-sha-256' ? 'sha256' : 'sha512', username, password },
      async (message) => (await send(Buffer.from(message, 'utf8'))).toString('utf8'),
    );
  }

  /** Bytes have come into what `buffer` gave. */
  #received(bytes: number): boolean {
    const pending = this.#pending;
    if (!pending) {
      this.#fail('brought something that nobody had asked for');
      return false;
    }
    this.#filled += bytes;
    if (this.#filled < this.#target.length) return true;
    if (this.#target !== this.#head) {
      this.#complete(pending);
      return true;
    }
    const size = this.#head.readInt32BE(0) - CORRELATION_BYTES;
    // What is no answer of Kafka shows here, before memory is taken for it.
    if (size < 0 || this.#head.readInt32BE(CORRELATION_BYTES) !== pending.correlationId) {
      this.#fail('brought something that is no answer of a Kafka broker');
      return false;
    }
    this.#expect(this.#memory(size));
    if (size === 0) this.#complete(pending);
    return true;
  }

  #complete({ answer }: Pending): void {
    const bytes = this.#target;
    this.#lastAnswer = bytes;
    this.#pending = undefined;
    this.#expect(this.#head);
    answer.resolve(bytes);
  }

  /** Never from Node's shared pool: records keep it alive for as long as somebody needs them. */
  #memory(size: number): Buffer {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare && spare.byteLength >= size) return Buffer.from(spare, 0, size);
    // Answers differ a little; the next one is to fit as well.
    const capacity = Math.ceil(size / MEMORY_STEP_BYTES) * MEMORY_STEP_BYTES;
    return size < MEMORY_STEP_BYTES ? Buffer.allocUnsafeSlow(size) : Buffer.allocUnsafeSlow(capacity).subarray(0, size);
  }

  #expect(target: Buffer): void {
    this.#target = target;
    this.#filled = 0;
  }

  /** Ends the connection. The first reason counts. */
  #fail(what: string, cause?: unknown): Error {
    const { host, port } = this.#address;
    this.#closed ??= new UnavailableError(`The connection to the Kafka broker ${host}:${port} ${what}.`, { cause });
    const reason = this.#closed;
    this.#connected.reject(reason);
    this.#pending?.answer.reject(reason);
    this.#pending = undefined;
    // What was being read must not be kept alive by a socket that takes its time to close.
    this.#expect(this.#head);
    this.#socket.destroy();
    return reason;
  }
}
