import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';

export interface RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The value of `Expect`, when the client waits for `100 Continue`. */
  readonly expectsContinue: boolean;
}

export type RequestHandler = (context: RequestContext) => Promise<void>;

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly maxHeaderBytes: number;
  /** Speaks HTTPS. */
  readonly tls?: TlsFiles | undefined;
}

/** PEM texts. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** An HTTP port that can go away and come back, and that nothing a client sends brings down. */
export class HttpListener {
  readonly #options: ListenerOptions;
  readonly #handle: RequestHandler;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;
  /** While true, requests are read and never answered. */
  hanging = false;

  constructor(options: ListenerOptions, handle: RequestHandler) {
    this.#options = options;
    this.#handle = handle;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  get hostPort(): string {
    return `${this.#options.host}:${this.#port}`;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${this.hostPort}`;
  }

  get listening(): boolean {
    return this.#server !== undefined;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Listens on the port it had before, if it ever had one. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = this.#createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, this.#options.host, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Closes the port and resets every connection, as a killed process does. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.cut();
    await closed;
  }

  /** Resets every open connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #createServer(): Server {
    const options = {
      maxHeaderSize: this.#options.maxHeaderBytes,
      requestTimeout: 0,
      keepAliveTimeout: 60_000,
    };
    const { tls } = this.#options;
    const server =
      tls === undefined ? createServer(options) : createTlsServer({ ...options, key: tls.key, cert: tls.cert });
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    });
    server.on('request', (request, response) => this.#receive(request, response));
    server.on('checkContinue', (request, response) => this.#receive(request, response));
    server.on('checkExpectation', (request, response) => this.#receive(request, response));
    server.on('clientError', (_error, socket) => {
      if (!socket.writable) return void socket.destroy();
      const body = 'Bad Request';
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
    return server;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    request.on('error', () => request.socket.destroy());
    response.on('error', () => request.socket.destroy());
    if (this.hanging) {
      request.resume();
      return;
    }
    const expectsContinue = request.headers.expect?.toLowerCase() === '100-continue';
    this.#handle({ request, response, expectsContinue }).catch((error: unknown) => {
      request.socket.destroy();
      process.emitWarning(error instanceof Error ? error : String(error));
    });
  }
}
