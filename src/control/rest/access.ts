import { createHash, timingSafeEqual } from 'node:crypto';
import { type HeaderRule, type RestSettings } from '../../config/rest-settings.ts';

/** Whether a request's `Authorization` names one of the users with the right password; always, where nobody has to log in. */
export function mayEnter(users: RestSettings['users'], authorization: string | undefined): boolean {
  if (!users) return true;
  const [, encoded = ''] = /^Basic\s+([\w+/=-]+)\s*$/i.exec(authorization ?? '') ?? [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const password = users.get(text.slice(0, Math.max(colon, 0)));
  // Comparing takes as long for a user that there is not.
  const matches = isSame(text.slice(colon + 1), password ?? '');
  return matches && colon >= 0 && password !== undefined;
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** What a browser is told about a request from another page, or nothing. */
export function corsHeaders(
  { allowOrigins, allowMethods }: Pick<RestSettings, 'allowOrigins' | 'allowMethods'>,
  origin: string | undefined,
  isPreflight: boolean,
): Record<string, string> {
  if (origin === undefined || !(allowOrigins.includes('*') || allowOrigins.includes(origin))) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
    ...(isPreflight && {
      'access-control-allow-methods': allowMethods.join(','),
      'access-control-allow-headers': 'X-Requested-With,Content-Type,Accept,Origin,Authorization',
      'access-control-max-age': '1800',
    }),
  };
}

/** The value that a rule gives its header, beside the one that is there. */
export function headerValue({ action, value }: HeaderRule, present: readonly string[], now: Date): string | string[] {
  const own = action.endsWith('Date') ? new Date(now.getTime() + Number(value || 0)).toUTCString() : value;
  return action.startsWith('add') && present.length > 0 ? [...present, own] : own;
}

/** Whether the client is a browser that wants a page: only those name HTML. */
export function acceptsHtml(accept = ''): boolean {
  return accept.split(',').some((range) => /^\s*text\/html\s*(?:;|$)/i.test(range));
}

/** Whether the client takes JSON. */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  return accept.split(',').some((range) => /^\s*(?:\*\/\*|application\/(?:\*|json))\s*(?:;|$)/i.test(range));
}
