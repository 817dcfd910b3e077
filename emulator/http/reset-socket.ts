import { type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Ends a connection as a crash does, with RST; a TLS connection can only be closed. */
export function resetSocket(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
