import { describe, expect, it } from 'vitest';
import { brokerAddress, feUrl } from '../../../src/config/addresses.ts';
import { quote } from '../../../src/config/findings.ts';
import { splitPem } from '../../../src/config/pem.ts';
import { topicPattern, topicPatternFault } from '../../../src/core/java-regex.ts';
import { editDistance, likelyMeant } from '../../../src/core/nearest.ts';

describe('feUrl', () => {
  it.each([
    ['127.0.0.1:8030', 'http://127.0.0.1:8030'],
    [' fe.example.com:8030 ', 'http://fe.example.com:8030'],
    ['http://fe:8030/', 'http://fe:8030'],
    ['fe:8030/', 'http://fe:8030'],
    ['HTTPS://FE:8443', 'https://fe:8443'],
    ['https://lb.example.com', 'https://lb.example.com:443'],
    ['http://lb', 'http://lb:80'],
    ['httpfoo:8030', 'http://httpfoo:8030'],
    ['[::1]:8030', 'http://[::1]:8030'],
    ['https://[2001:db8::1]:8030/', 'https://[2001:db8::1]:8030'],
    ['192.168.xxx.xxx:8030', 'http://192.168.xxx.xxx:8030'],
  ])('makes %s to %s', (given, expected) => expect(feUrl.parse(given)).toBe(expected));

  it.each([
    ['not a url', 'it is not an address'],
    ['', 'it is not an address'],
    ['fe:99999', 'it is not an address'],
    ['fe', 'it has no port (an FE usually has 8030)'],
    ['ftp://fe:8030', 'ftp:// is not HTTP'],
    ['http://root:secret@fe:8030', 'it must not hold a user name or password, which have settings of their own'],
    ['root@fe:8030', 'it must not hold a user name or password, which have settings of their own'],
    ['fe:8030/api', 'it must end after the port'],
    ['http://fe:8030?x=1', 'it must end after the port'],
  ])('refuses %j', (given, fault) => {
    expect(feUrl.safeParse(given).error?.issues.map(({ message }) => message)).toEqual([
      `${fault}; write it as host:port, http://host:port or https://host:port`,
    ]);
  });
});

describe('brokerAddress', () => {
  it.each([
    ['localhost:9092', 'localhost:9092'],
    [' SASL_SSL://pkc-1.eu.confluent.cloud:9092', 'pkc-1.eu.confluent.cloud:9092'],
    ['[::1]:9092', '[::1]:9092'],
  ])('makes %s to %s', (given, expected) => expect(brokerAddress.parse(given)).toBe(expected));

  it.each([
    'localhost',
    'localhost:',
    'localhost:0',
    'localhost:65536',
    '::1:9092',
    '<kafka_broker_ip>:9092',
    'a:9092/b',
  ])('refuses %s', (given) => expect(brokerAddress.safeParse(given).success).toBe(false));
});

describe('topicPattern', () => {
  it.each([
    ['orders', 'orders', true],
    ['orders', 'orders.eu', false],
    ['a|b', 'ab', false],
    ['test\\..*', 'test.public.customers', true],
    ['test\\..*', 'testXpublic', false],
    ['\\Qa.b\\E.*', 'a.bc', true],
    ['\\Qa.b\\E.*', 'axbc', false],
    ['(?i)orders', 'ORDERS', true],
    ['[\\w\\-]+', 'a-b', true],
    ['\\p{L}+', 'abc', true],
    ['(?!__).*', '__offsets', false],
  ])('%s on %s gives %s', (pattern, topic, expected) => expect(topicPattern(pattern).test(topic)).toBe(expected));

  it.each(['(', 'a++', '\\Aorders\\z', '[a-z&&[^b]]', '[a[b]]', '(?x)a b', '\\h'])('refuses %s', (pattern) =>
    expect(topicPatternFault(pattern)).toEqual(expect.any(String)),
  );
});

describe('likelyMeant', () => {
  const known = ['topics', 'topics.regex', 'name', 'bufferflush.maxbytes', 'connect.timeoutms'];
  it.each([
    ['tpoics', 'topics'],
    ['topic', 'topics'],
    ['Topics', 'topics'],
    ['nmae', 'name'],
    ['bufferflush.maxbyte', 'bufferflush.maxbytes'],
    ['connect.timeout.ms', 'connect.timeoutms'],
    ['game.of.life', undefined],
    ['na', undefined],
    ['producer.acks', undefined],
  ])('takes %s for %s', (given, expected) => expect(likelyMeant(given, known)).toBe(expected));

  it('counts a swap of neighbours as one edit', () => {
    expect(editDistance('ab', 'ba')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });
});

describe('quote', () => {
  it.each([
    ['plain', '`plain`'],
    [12, '`12`'],
    [null, '`null`'],
    [undefined, '`nothing`'],
    ['http://root:secret@fe:8030, http://fe:8030', '`http://***@fe:8030, http://fe:8030`'],
    ['two\nlines', '`two lines`'],
  ])('shows %j as %s', (given, expected) => expect(quote(given)).toBe(expected));

  it('cuts what is long', () => expect(quote('x'.repeat(500))).toBe(`\`${'x'.repeat(100)}…\``));
});

describe('splitPem', () => {
  it('parts certificates from the key and makes the lines anew', () => {
    const body = 'A'.repeat(70);
    const certificate = `-----BEGIN CERTIFICATE----- ${body} -----END CERTIFICATE-----`;
    const { certificates, key } = splitPem(
      `Bag\n${certificate}\n-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----\n${certificate}`,
    );
    const lines = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n${'A'.repeat(6)}\n-----END CERTIFICATE-----`;
    expect(certificates).toBe(`${lines}\n${lines}`);
    expect(key).toBe('-----BEGIN PRIVATE KEY-----\nBBBB\n-----END PRIVATE KEY-----');
  });

  it('leaves the lines of an old encrypted key alone', () => {
    const key = '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----';
    expect(splitPem(key)).toEqual({ certificates: undefined, key });
  });
});
