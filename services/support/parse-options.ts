import { UsageError } from './service-error.ts';

const HIGHEST_PORT = 65_535;

export function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= HIGHEST_PORT) return port;
  throw new UsageError(`--port takes a number from 1 to ${HIGHEST_PORT}, not "${text}".`);
}

/** The parts of an option's value before and after the first separator. */
export function splitAt(separator: string, text: string, form: string): [before: string, after: string] {
  const at = text.indexOf(separator);
  if (at < 1) throw new UsageError(`"${text}" is not of the form ${form}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}
