import { z } from 'zod';

const urlForm = 'write it as host:port, http://host:port or https://host:port';

/** Why a text is no address of a StarRocks FE, or undefined. */
function urlFault(given: string): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') return `${scheme}:// is not HTTP`;
  const url = parseUrl(given);
  if (url === undefined) return 'it is not an address';
  if (url.username !== '' || url.password !== '')
    return 'it must not hold a user name or password, which have settings of their own';
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return 'it must end after the port';
  // A bare host would mean port 80, where no FE listens; with a scheme it may well be a load balancer.
  if (scheme === undefined && !/:\d+\/?$/.test(given)) return 'it has no port (an FE usually has 8030)';
  return undefined;
}

function parseUrl(given: string): URL | undefined {
  const full = /^https?:\/\//i.test(given) ? given : `http://${given}`;
  return URL.canParse(full) ? new URL(full) : undefined;
}

/** The address of an FE, made uniform: `http(s)://host:port`, the port always there. */
export const feUrl = z
  .string({ error: 'it must be a text' })
  .trim()
  .superRefine((given, context) => {
    const fault = urlFault(given);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: `${fault}; ${urlForm}` });
  })
  .transform((given) => {
    const url = parseUrl(given);
    if (url === undefined) return given;
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return `${url.protocol}//${url.hostname}:${port}`;
  });

/** Where the MySQL port of an FE is by default, by its HTTP address. */
export function mysqlAddress(url: string): string {
  return `${new URL(url).hostname}:9030`;
}

// Java allows a listener's name before the address ("SASL_SSL://host:9092"), and Confluent Cloud shows it that way.
const brokerPattern = /^(?:[A-Za-z_][A-Za-z0-9_+.-]*:\/\/)?((?:\[[0-9a-fA-F:.%]+\]|[0-9A-Za-z_.-]+):(\d{1,5}))$/;

/** The address of a Kafka broker, `host:port`. */
export const brokerAddress = z
  .string({ error: 'it must be a text' })
  .trim()
  .refine(isBroker, { error: 'it must be host:port, such as localhost:9092' })
  .transform((given) => brokerPattern.exec(given)?.[1] ?? given);

function isBroker(given: string): boolean {
  const port = Number(brokerPattern.exec(given)?.[2] ?? 0);
  return port >= 1 && port <= 65_535;
}
