import { type IncomingMessage } from 'node:http';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The Basic credentials of a request: the password is all that follows the first colon, `@cluster` is cut off the user. */
export function basicCredentials(request: IncomingMessage): Credentials | undefined {
  const encoded = /^basic\s+([A-Za-z0-9+/_=-]+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon).replace(/@.*$/s, ''), password: text.slice(colon + 1) };
}
