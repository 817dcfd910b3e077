import { type IncomingHttpHeaders } from 'node:http';
import { LoadError } from './load-error.ts';

/** A request header as text; StarRocks ignores letter case in names, and so does Node. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  const text = Array.isArray(value) ? value[0] : value;
  // Node hands headers over as Latin-1; StarRocks reads UTF-8.
  return text === undefined ? undefined : Buffer.from(text, 'latin1').toString('utf8');
}

export function booleanHeader(headers: IncomingHttpHeaders, name: string, complaint: string): boolean {
  const text = header(headers, name)?.toLowerCase();
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new LoadError(complaint);
}

export function integerHeader(headers: IncomingHttpHeaders, name: string, complaint: string): number | undefined {
  const text = header(headers, name);
  if (text === undefined) return undefined;
  if (!/^[+-]?\d+$/.test(text.trim())) throw new LoadError(complaint);
  return Number(text);
}
