import { describe, expect, it } from 'vitest';
import { parseJaas } from '../../../src/config/connect/jaas.ts';
import { redact } from '../../../src/config/describe.ts';
import { connectFiles, connectText, load, loadOne, problemsOf } from './support.ts';

const plainModule = 'org.apache.kafka.common.security.plain.PlainLoginModule';
const scramModule = 'org.apache.kafka.common.security.scram.ScramLoginModule';
const plain = `${plainModule} required username="KEY" password="hunter2";`;
const cloud = { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': plain };
const prefixed = (prefix: string, keys: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(keys).map(([key, value]) => [prefix + key, value]));

const pem = (label: string, body: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`;
const ca = pem('CERTIFICATE', 'Q0E=');
const certificate = pem('CERTIFICATE', 'Q0VSVA==');
const privateKey = pem('ENCRYPTED PRIVATE KEY', 'S0VZ');
const oneLine = (text: string): string => text.replaceAll('\n', '\\n');

describe('parseJaas', () => {
  it.each([
    ['double quotes', `M required username="a" password="b";`, { username: 'a', password: 'b' }],
    ['single quotes', `M required username='a"' password='b';`, { username: 'a"', password: 'b' }],
    ['bare words', 'M optional username=a.b-c_$1 password=b;', { username: 'a.b-c_$1', password: 'b' }],
    ['escapes', String.raw`M required password="q\"b\\t\tn\101";`, { password: 'q"b\\t\tnA' }],
    ['signs inside quotes', `M required password="a;b=c // d /* e";`, { password: 'a;b=c // d /* e' }],
    ['line ends and comments', `M // c\n required /* d */\n  password = "b" ;`, { password: 'b' }],
    ['Unicode', `M required password="密码";`, { password: '密码' }],
    ['no options', 'M REQUIRED;', {}],
  ])('reads %s', (_, text, options) => {
    expect(parseJaas(text)).toEqual({ module: 'M', options: new Map(Object.entries(options)) });
  });

  it.each([
    ['', 'it must begin with a login module and `required`'],
    ['M', 'it must begin with a login module and `required`'],
    ['M needed a="b";', 'after the login module there must be `required`'],
    ['M required a="hunter2"', 'it must end with `;`'],
    ['M required a="hunter2;', 'one of its quotes is not closed'],
    ['M required a hunter2;', 'each of its options must be written name="value"'],
    ['M required a=;', 'each of its options must be written name="value"'],
    ['M required a="b"; N required;', 'it must hold one login module only'],
  ])('refuses %j', (text, message) => {
    expect(() => parseJaas(text)).toThrow(message);
    expect(() => parseJaas(text)).not.toThrow('hunter2');
  });
});

describe('logging in', () => {
  it.each([
    ["the worker's consumer.*", { worker: prefixed('consumer.', cloud) }],
    ["the connector's consumer.override.*", { connector: prefixed('consumer.override.', cloud) }],
    [
      'the connector before the worker',
      {
        worker: prefixed('consumer.', { ...cloud, 'sasl.mechanism': 'GSSAPI' }),
        connector: prefixed('consumer.override.', cloud),
      },
    ],
  ])('is read from %s', async (_, changes) => {
    const { pipelines, warnings } = await load(connectFiles(changes));
    expect(pipelines[0]?.kafka.sasl).toEqual({ mechanism: 'plain', username: 'KEY', password: 'hunter2' });
    expect(pipelines[0]?.kafka.tls).toEqual({ serverNameCheck: true });
    expect(warnings).toEqual([]);
  });

  it('falls back to the keys that Confluent Cloud shows, with a word', async () => {
    const { pipelines, warnings } = await load(connectFiles({ worker: { ...cloud, 'ssl.client.auth': 'none' } }));
    expect(pipelines[0]?.kafka).toMatchObject({ sasl: { mechanism: 'plain' }, tls: { serverNameCheck: true } });
    expect(warnings).toEqual([
      '`security.protocol` (w:5) and the keys beside it are used for the consumer too, because there are none behind `consumer.`; Kafka Connect would connect in plain text.',
    ]);
  });

  it("does not mix the worker's keys into what the consumer has of its own", async () => {
    const { kafka } = await loadOne(connectFiles({ worker: { ...cloud, 'consumer.security.protocol': 'SSL' } }));
    expect(kafka.sasl).toBeUndefined();
    expect(kafka.tls).toEqual({ serverNameCheck: true });
  });

  it.each([
    ['SCRAM-SHA-256', 'scram-sha-256'],
    ['scram-sha-512', 'scram-sha-512'],
  ])('knows %s', async (mechanism, expected) => {
    const keys = {
      'security.protocol': 'sasl_plaintext',
      'sasl.mechanism': mechanism,
      'sasl.jaas.config': plain.replace(plainModule, scramModule),
    };
    const { kafka } = await loadOne(connectFiles({ worker: prefixed('consumer.', keys) }));
    expect(kafka.sasl?.mechanism).toBe(expected);
    expect(kafka.tls).toBeUndefined();
  });

  it('understands the escapes of both formats on the way', async () => {
    const jaas = String.raw`${plainModule} required username="a" password="x\\"y";`;
    const { kafka } = await loadOne(
      connectText({
        worker: `consumer.security.protocol=SASL_SSL\nconsumer.sasl.mechanism=PLAIN\nconsumer.sasl.jaas.config=${jaas}`,
      }),
    );
    expect(kafka.sasl?.password).toBe('x"y');
  });

  it('says when a login is given and not used', async () => {
    const { warnings } = await load(connectFiles({ worker: { 'consumer.sasl.jaas.config': plain } }));
    expect(warnings).toEqual([
      '`consumer.sasl.jaas.config` (w:5) has no effect, because `security.protocol` is `PLAINTEXT` for the consumer.',
    ]);
  });

  const mechanisms = '`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`';
  it.each([
    [
      { ...cloud, 'security.protocol': 'TLS' },
      '`consumer.security.protocol` is `TLS` (w:5), but it must be `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT`, `SASL_SSL`.',
    ],
    [
      { ...cloud, 'sasl.mechanism': 'OAUTHBEARER' },
      `\`consumer.sasl.mechanism\` is \`OAUTHBEARER\` (w:6), but it must be ${mechanisms}.`,
    ],
    [
      { 'security.protocol': 'SASL_SSL', 'sasl.jaas.config': plain },
      `\`sasl.mechanism\` is missing, which means GSSAPI, but it must be ${mechanisms}.`,
    ],
    [
      { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': 'PLAIN' },
      '`sasl.jaas.config` is missing, but `SASL_SSL` (w:5) asks for a login.',
    ],
    [
      { ...cloud, 'sasl.jaas.config': `${plainModule} required username="KEY" password="hunter2"` },
      '`consumer.sasl.jaas.config` (w:7) cannot be used: it must end with `;`.',
    ],
    [
      { ...cloud, 'sasl.jaas.config': `${plainModule} required username="KEY";` },
      '`consumer.sasl.jaas.config` (w:7) cannot be used: it must give username="…" and password="…".',
    ],
    [
      { ...cloud, 'sasl.jaas.config': plain.replace(plainModule, scramModule) },
      '`consumer.sasl.jaas.config` (w:7) cannot be used: its login module is not the one of `sasl.mechanism`.',
    ],
    [
      { ...cloud, 'sasl.login.class': 'x.Y' },
      '`consumer.sasl.login.class` is `x.Y` (w:8), a Kafka consumer setting that Tributary cannot honour: a Java class cannot be loaded.',
    ],
  ])('is refused without a secret in the text: %j', async (keys, problem) => {
    const found = await problemsOf(connectFiles({ worker: prefixed('consumer.', keys) }));
    expect(found).toEqual([problem]);
    expect(found.join()).not.toContain('hunter2');
  });
});

describe('TLS', () => {
  const ssl = 'consumer.security.protocol=SSL';

  it('takes PEM text, on one line or with escaped line ends', async () => {
    const lines = [
      ssl,
      'consumer.ssl.truststore.type=PEM',
      `consumer.ssl.truststore.certificates=${ca.replaceAll('\n', ' ')}`,
      'consumer.ssl.keystore.type=PEM',
      `consumer.ssl.keystore.certificate.chain=${oneLine(certificate)}`,
      `consumer.ssl.keystore.key=${oneLine(privateKey)}`,
      'consumer.ssl.key.password=sesame',
      'consumer.ssl.endpoint.identification.algorithm=',
    ];
    const pipeline = await loadOne(connectText({ worker: lines.join('\n') }));
    expect(pipeline.kafka.tls).toEqual({
      ca,
      cert: certificate,
      key: privateKey,
      passphrase: 'sesame',
      serverNameCheck: false,
    });
    expect(JSON.stringify(redact(pipeline))).not.toMatch(/sesame|S0VZ/);
  });

  it('takes PEM files, and keeps the key apart from the certificates', async () => {
    const lines = [
      ssl,
      'consumer.ssl.truststore.location=-ca.pem',
      'consumer.ssl.keystore.type=PEM',
      'consumer.ssl.keystore.location=-client.pem',
    ];
    const { kafka } = await loadOne({
      ...connectText({ worker: lines.join('\n') }),
      '-ca.pem': `# ours\n${ca}`,
      '-client.pem': `${privateKey}\n${certificate}`,
    });
    expect(kafka.tls).toEqual({ ca, cert: certificate, key: privateKey, serverNameCheck: true });
  });

  it.each([
    [
      'consumer.ssl.truststore.location=-trust.jks',
      '`consumer.ssl.truststore.location` is `-trust.jks` (w:6), a JKS store, which only Java can read; convert it with `keytool -list -rfc -keystore -trust.jks > -trust.pem`, then set `consumer.ssl.truststore.location` to the new file and `consumer.ssl.truststore.type` to PEM.',
    ],
    [
      'consumer.ssl.keystore.location=-trust.jks\nconsumer.ssl.keystore.type=PKCS12',
      '`consumer.ssl.keystore.location` is `-trust.jks` (w:6), a PKCS12 store, which only Java can read; convert it with `openssl pkcs12 -in -trust.jks -out -trust.pem`, then set `consumer.ssl.keystore.location` to the new file and `consumer.ssl.keystore.type` to PEM.',
    ],
    [
      'consumer.ssl.truststore.location=-empty.pem\nconsumer.ssl.truststore.type=PEM',
      '`consumer.ssl.truststore.location` (w:6) holds no certificate in PEM form.',
    ],
    [
      `consumer.ssl.keystore.key=${oneLine(privateKey)}`,
      '`consumer.ssl.keystore.key` (w:6) does not hold both a certificate and a private key in PEM form.',
    ],
    [
      'consumer.ssl.endpoint.identification.algorithm=LDAPS',
      '`consumer.ssl.endpoint.identification.algorithm` is `LDAPS` (w:6), but it must be `https` or empty.',
    ],
    [
      'consumer.ssl.cipher.suites=A',
      '`consumer.ssl.cipher.suites` is `A` (w:6), a Kafka consumer setting that Tributary cannot honour: TLS ciphers cannot be chosen.',
    ],
  ])('is refused: %s', async (line, problem) => {
    const files = { ...connectText({ worker: `${ssl}\n${line}` }), '-trust.jks': '\ufeed\ufeed', '-empty.pem': '' };
    expect(await problemsOf(files)).toEqual([problem]);
  });

  it('names a store that cannot be read', async () => {
    const [problem = ''] = await problemsOf(
      connectText({ worker: `${ssl}\nconsumer.ssl.truststore.location=gone.pem` }),
    );
    expect(problem).toMatch(
      /^`consumer\.ssl\.truststore\.location` is `gone\.pem` \(w:6\), but that file cannot be read: ENOENT/,
    );
  });
});
