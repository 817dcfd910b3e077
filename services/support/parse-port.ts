import { UsageError } from './service-error.ts';

const HIGHEST_PORT = 65_535;

export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= HIGHEST_PORT) return port;
  throw new UsageError(`--port takes a number from 1 to ${HIGHEST_PORT}, not "${text}".`);
}
