import { Buffer } from 'node:buffer';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Answers a request whose headers have come. With `Expect`, nothing of its body comes before `writeContinue`. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Starts an HTTP server for the rest of the test and returns its address. */
export async function httpServer(handler: Handler): Promise<string> {
  const server = createServer(handler);
  server.on('checkContinue', handler);
  // Clients cut their connections in these tests.
  server.on('clientError', (_, socket) => socket.destroy());
  return `http://${await listen(server, () => server.closeAllConnections())}`;
}

/** Starts a TCP server for the rest of the test and returns its address. */
export async function tcpServer(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createNetServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return `http://${await listen(server, hangUp)}`;
}

/** An address on which nobody listens. */
export async function deadAddress(): Promise<string> {
  const server = createNetServer();
  const address = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://${address}`;
}

async function listen(server: Server, hangUp: () => void = () => undefined): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    hangUp();
    await closed;
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The whole body of a request, which is asked for first; or what came of it before the client cut its connection. */
export async function receive(request: IncomingMessage, response: ServerResponse): Promise<string> {
  response.writeContinue();
  const parts: Buffer[] = [];
  try {
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  } catch {
    // The test has what it wanted, or misses the answer.
  }
  return Buffer.concat(parts).toString('utf8');
}

/** What an FE does with loads. */
export function redirectTo(location: () => string): Handler {
  return (_, response) => {
    response.writeHead(307, { Location: location(), Connection: 'close', 'Content-Length': '0' }).end();
  };
}

export function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

/** A BE's answer to a load that went through. */
export function success(rows: number): object {
  return {
    Status: 'Success',
    Message: 'OK',
    NumberTotalRows: rows,
    NumberLoadedRows: rows,
    NumberFilteredRows: 0,
    NumberUnselectedRows: 0,
  };
}
