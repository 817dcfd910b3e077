import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { ServiceError } from './service-error.ts';

export const HOST = '127.0.0.1';

// Below the range from which the kernel picks ports for outgoing connections: while a broker restarts, a client's
// own attempt to reach it could otherwise be given the broker's port, and hold it.
const LOWEST = 15_000;
const HIGHEST = 32_000;
const TRIES = 200;

export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count && tries < TRIES; tries++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) ports.add(port);
  }
  if (ports.size < count)
    throw new ServiceError(`No ${count} free ports were found on ${HOST}; end what listens there.`);
  return [...ports];
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, HOST, () => server.close(() => resolve(true)));
  });
}
