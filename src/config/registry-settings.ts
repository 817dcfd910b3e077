import { z } from 'zod';
import { type ConnectKey, flag, setting, text, wholeNumber } from './settings.ts';

const day = 86_400_000;

/** What a converter reads of a record. */
export type RecordPart = 'key' | 'value';

/** A setting that the converter of a Kafka Connect file has, by its name there. */
type ConverterKey = (key: string) => { connect: ConnectKey };

const pem = (what: string) => text(`${what} as PEM text, or the path of a PEM file`);

const tlsSettings = (converter: ConverterKey) =>
  setting(
    z.strictObject({
      ca: setting(
        pem('certificates').optional(),
        'Certificates of the authorities that sign the registry, PEM text or the path of a PEM file. Without it, those that Node trusts.',
        converter('schema.registry.ssl.truststore.certificates'),
      ),
      cert: setting(
        pem('a certificate').optional(),
        'Certificate chain of this client, PEM.',
        converter('schema.registry.ssl.keystore.certificate.chain'),
      ),
      key: setting(pem('a key').optional(), 'Private key of this client, PEM.', {
        secret: true,
        ...converter('schema.registry.ssl.keystore.key'),
      }),
      passphrase: setting(text().optional(), 'What the private key is encrypted with.', {
        secret: true,
        ...converter('schema.registry.ssl.key.password'),
      }),
      serverNameCheck: setting(
        flag().default(true),
        'Refuse a registry whose certificate is for another host name.',
        converter('schema.registry.ssl.endpoint.identification.algorithm'),
      ),
    }),
    'TLS to the registry, for `https://` addresses.',
  );

const registryUrl = text('an address such as http://host:8081')
  .trim()
  .superRefine((given, context) => {
    const fault = urlFault(given);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .transform((given) => given.replace(/\/+$/, ''));

function urlFault(given: string): string | undefined {
  if (!/^https?:\/\/[^/]/i.test(given) || !URL.canParse(given)) return 'it must be an address such as http://host:8081';
  const { username, password, search, hash } = new URL(given);
  if (username !== '' || password !== '')
    return 'it must not hold a user name or password, which have settings of their own';
  return search === '' && hash === '' ? undefined : 'it must end after the path';
}

/** Where the converter of a part finds its schemas. */
export function registrySettings(part: RecordPart) {
  const converter: ConverterKey = (key) => ({
    connect: { key: `${part}.converter.${key}`, scope: 'connector', reader: 'own' },
  });
  return setting(
    z.strictObject({
      urls: setting(
        z
          .array(registryUrl, { error: 'it must be a list of addresses' })
          .min(1, { error: 'it must name at least one address' }),
        'Addresses of the schema registry, with the path of its Confluent API if it has one. The next one is asked when one does not answer.',
        { ...converter('schema.registry.url'), rangeText: 'http://host:port, …' },
      ),
      username: setting(text().optional(), 'User name, or API key.', converter('basic.auth.user.info')),
      password: setting(text().optional(), 'Password, or API secret.', {
        secret: true,
        ...converter('basic.auth.user.info'),
      }),
      token: setting(text().optional(), 'Bearer token, instead of a user name.', {
        secret: true,
        ...converter('bearer.auth.token'),
      }),
      logicalCluster: setting(
        text().optional(),
        'Logical cluster of Confluent Cloud that the token is for.',
        converter('bearer.auth.logical.cluster'),
      ),
      identityPool: setting(
        text().optional(),
        'Identity pool of Confluent Cloud that the token is for.',
        converter('bearer.auth.identity.pool.id'),
      ),
      tls: tlsSettings(converter).optional(),
      connectTimeoutMs: setting(
        wholeNumber(1, day, 'ms').default(60_000),
        'Longest wait for a connection to the registry.',
        converter('http.connect.timeout.ms'),
      ),
      readTimeoutMs: setting(
        wholeNumber(1, day, 'ms').default(60_000),
        'Longest wait for an answer of the registry. One that does not answer is asked again until it does.',
        converter('http.read.timeout.ms'),
      ),
    }),
    'Where the schemas of `avro`, `protobuf` and `json-schema` are.',
  );
}
