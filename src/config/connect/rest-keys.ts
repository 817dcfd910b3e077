import { defaultListener } from '../rest-settings.ts';

/** A worker's setting for the REST API, as the documentation shows it. */
export interface RestKey {
  readonly key: string;
  readonly type: 'list' | 'text' | 'whole number' | 'true or false' | 'choice';
  readonly fallback: string;
  readonly meaning: string;
}

export const defaultMethods = 'GET, POST, HEAD';

/** Every worker setting of the REST API; `listeners.https.ssl.*` are those of Kafka's Java clients without the prefix. */
export const restKeys: readonly RestKey[] = [
  {
    key: 'listeners',
    type: 'list',
    fallback: `\`${defaultListener}\``,
    meaning:
      'Where the REST API is served, `http://host:port` or `https://host:port`; without a host at every address of the machine, as Kafka Connect does by default. Port 0 takes any that is free. Empty: there is no REST API.',
  },
  {
    key: 'admin.listeners',
    type: 'list',
    fallback: 'with `listeners`',
    meaning: 'Where `/admin` is served instead. Empty: nowhere.',
  },
  {
    key: 'listeners.https.ssl.*',
    type: 'text',
    fallback: 'none',
    meaning:
      'Certificate and key of `https` listeners: `keystore.location` with a PEM file, or `keystore.certificate.chain` and `keystore.key`; `key.password`; `truststore.*` for the clients. Without any of them, the worker’s `ssl.*` count.',
  },
  {
    key: 'listeners.https.ssl.client.auth',
    type: 'choice',
    fallback: '`none`',
    meaning: 'Whether clients show a certificate: `none`, `requested` or `required`.',
  },
  {
    key: 'rest.basic.auth.users.file',
    type: 'text',
    fallback: 'none',
    meaning:
      "A file of `user=password` lines. With it every request has to log in. Tributary's own: Kafka Connect names the same file in Java's login configuration. `rest.extension.classes` with `BasicAuthSecurityRestExtension` asks for it.",
  },
  {
    key: 'rest.extension.classes',
    type: 'list',
    fallback: 'none',
    meaning: 'Only `org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension`.',
  },
  {
    key: 'rest.advertised.host.name',
    type: 'text',
    fallback: 'that of the listener',
    meaning: 'What others call this worker by, in `worker_id`.',
  },
  { key: 'rest.advertised.port', type: 'whole number', fallback: 'that of the listener', meaning: 'Its port there.' },
  {
    key: 'rest.advertised.listener',
    type: 'choice',
    fallback: 'that of the first listener',
    meaning: 'Whose port stands there: `http` or `https`.',
  },
  {
    key: 'access.control.allow.origin',
    type: 'list',
    fallback: 'none',
    meaning: 'Origins of pages that may call the API from a browser; `*` for all.',
  },
  {
    key: 'access.control.allow.methods',
    type: 'list',
    fallback: `\`${defaultMethods}\``,
    meaning: 'Methods that such pages may use.',
  },
  {
    key: 'response.http.headers.config',
    type: 'list',
    fallback: 'none',
    meaning: 'Headers of every answer: `set|add|setDate|addDate Name: value`, each in quotes where it has a comma.',
  },
  {
    key: 'topic.tracking.enable',
    type: 'true or false',
    fallback: '`true`',
    meaning: 'Whether `/connectors/{name}/topics` tells which topics brought records.',
  },
  {
    key: 'topic.tracking.allow.reset',
    type: 'true or false',
    fallback: '`true`',
    meaning: 'Whether that may be reset.',
  },
];
