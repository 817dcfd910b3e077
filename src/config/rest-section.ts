import { z } from 'zod';
import { defaultListener, parseListener, type RestSettings } from './rest-settings.ts';
import { oneOf, setting, text } from './settings.ts';

const pem = (what: string) => text(`${what} as PEM text, or the path of a PEM file`);
const listenerForm = `it must be an address such as \`${defaultListener}\` or \`https://:8443\``;

const listener = z.string({ error: listenerForm }).transform((given, context) => {
  const parsed = parseListener(given.trim());
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: listenerForm });
  return z.NEVER;
});

const tlsSettings = setting(
  z.strictObject({
    cert: setting(
      pem('a certificate').optional(),
      'Certificate chain of `https` listeners, PEM text or the path of a PEM file.',
    ),
    key: setting(pem('a key').optional(), 'Its private key, PEM.', { secret: true }),
    passphrase: setting(text().optional(), 'What that key is encrypted with.', { secret: true }),
    ca: setting(
      pem('certificates').optional(),
      "Certificates of the authorities that sign the clients', PEM. Without it, those that Node trusts.",
    ),
    clientAuth: setting(
      oneOf(['none', 'requested', 'required']).default('none'),
      'Whether clients show a certificate.',
    ),
  }),
  'TLS of the listeners.',
);

/** How a process of pipeline files is seen inside. Without the section nothing is served. */
export const restSection = setting(
  z.strictObject({
    listeners: setting(
      z
        .array(listener, { error: 'it must be a list of addresses' })
        .default([{ scheme: 'http', host: '127.0.0.1', port: 8083 }]),
      'Where `/health`, `/ready`, `/metrics`, the dashboard and the REST API are served, `http://host:port` or `https://host:port`; without a host at every address of the machine. Port 0 takes any that is free. Without the section `rest`, or with an empty list, nothing is served.',
      { defaultText: `\`${defaultListener}\` when there is a section \`rest\``, rangeText: 'http://host:port, …' },
    ),
    username: setting(text().optional(), 'With it and `rest.password` every request has to log in.'),
    password: setting(text().optional(), 'Password of that user.', { secret: true }),
    tls: tlsSettings.optional(),
  }),
  'How the process is seen inside: `rest: {}` is enough on one machine.',
);

type RestSection = z.output<typeof restSection>;

/** The same in the words of a worker's file. */
export function restSettings({ listeners, username, password, tls }: RestSection): RestSettings {
  const { cert, key } = tls ?? {};
  return {
    origin: 'pipeline file',
    listeners,
    adminListeners: undefined,
    tls: cert === undefined || key === undefined ? undefined : { clientAuth: 'none', ...tls, cert, key },
    users: username === undefined || password === undefined ? undefined : new Map([[username, password]]),
    advertised: {},
    allowOrigins: [],
    allowMethods: [],
    headers: [],
    topicTracking: true,
    topicTrackingReset: true,
  };
}
