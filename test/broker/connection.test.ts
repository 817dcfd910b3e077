import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { ConfigError, UnavailableError } from '../../src/core/errors.ts';
import { type KafkaSourceOptions } from '../../src/streams/kafka/kafka-source.ts';
import { collect, createSource, createTopic, produce, received, sourceOptions, uniqueName } from './support.ts';

const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

/** How a client gets in through the broker's SASL_SSL listener. */
function secured(mechanism: (typeof MECHANISMS)[number], password?: string): Partial<KafkaSourceOptions> {
  const { bootstrapServers, caFile, users } = inject('kafka').saslSsl;
  const [user] = users;
  if (!user) throw new Error('the broker has no user');
  return {
    brokers: [bootstrapServers],
    tls: { ca: readFileSync(caFile, 'utf8'), serverNameCheck: true },
    sasl: { mechanism, username: user.username, password: password ?? user.password },
  };
}

async function failureOf(options: Partial<KafkaSourceOptions>, topic = 'any'): Promise<Error> {
  const { source } = createSource(sourceOptions({ topics: [topic], ...options }));
  const started = performance.now();
  const failure: unknown = await source.connect().then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(performance.now() - started).toBeLessThan(15_000);
  if (!(failure instanceof Error)) throw new Error('it connected');
  return failure;
}

describe('KafkaSource connects', () => {
  it.each(MECHANISMS)('with SASL_SSL, the CA as PEM, and %s, and reads', async (mechanism) => {
    const topic = await createTopic('secured');
    await produce(topic, [{ value: 'hello' }]);
    const collector = await collect({ topics: [topic], ...secured(mechanism) });
    await received(collector, 1);
    expect(collector.texts).toEqual(['hello']);
  });

  it('and says which of the topics are there', async () => {
    const topic = await createTopic('there');
    const other = await createTopic('there');
    const named = createSource(sourceOptions({ topics: [topic] }));
    expect(await named.source.connect()).toEqual([topic]);
    const matched = createSource(sourceOptions({ topics: new RegExp(`^(?:${topic}|${other})$`) }));
    expect(await matched.source.connect()).toEqual([topic, other].sort());
  });
});

describe('KafkaSource says what is wrong', () => {
  it.each(MECHANISMS)('with a wrong password, naming the user and not the password: %s', async (mechanism) => {
    const { username } = inject('kafka').saslSsl.users[0] ?? { username: '' };
    const failure = await failureOf(secured(mechanism, 'hunter2'));
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure.message).toMatch(
      new RegExp(
        `^The Kafka brokers at \\S+ refused the user ${username}: .+ Check sasl\\.mechanism and sasl\\.jaas\\.config\\.$`,
      ),
    );
    expect(failure.message).not.toContain('hunter2');
  });

  it('with a user that is unknown', async () => {
    const { sasl, ...rest } = secured('plain');
    if (!sasl) throw new Error('unreachable');
    const failure = await failureOf({ ...rest, sasl: { ...sasl, username: 'nobody' } });
    expect(failure).toBeInstanceOf(ConfigError);
    expect(failure.message).toContain('refused the user nobody');
  });

  it('with a certificate that nobody vouches for', async () => {
    const failure = await failureOf({ ...secured('plain'), tls: { serverNameCheck: true } });
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure.message).toMatch(/certificate/);
    expect(failure.message).toContain('security.protocol');
  });

  it('with a listener that wants TLS', async () => {
    const failure = await failureOf({ brokers: secured('plain').brokers ?? [], requestTimeoutMs: 2000 });
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure.message).toContain('Check bootstrap.servers, security.protocol and the network.');
  });

  it('with a listener that has no TLS', async () => {
    const failure = await failureOf({ tls: { serverNameCheck: true } });
    expect(failure).toBeInstanceOf(UnavailableError);
  });

  it('when no broker is there', async () => {
    const failure = await failureOf({ brokers: ['127.0.0.1:1'] });
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure.message).toMatch(
      /^The Kafka brokers at 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED.* Check bootstrap\.servers, security\.protocol and the network\.$/,
    );
  });

  it('when the host has no address', async () => {
    const failure = await failureOf({ brokers: ['no-such-host.invalid:9092'] });
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure.message).toContain('no-such-host.invalid');
  });

  it('when whoever is there never answers', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      silent.close();
    });
    const { port } = silent.address() as { port: number };
    const failure = await failureOf({ brokers: [`127.0.0.1:${port}`], requestTimeoutMs: 1000 });
    expect(failure).toBeInstanceOf(UnavailableError);
  });

  it('when topics are missing, each in a sentence', async () => {
    const topic = await createTopic('there');
    const [one, two] = [uniqueName('missing'), uniqueName('missing')];
    const { source } = createSource(sourceOptions({ topics: [one, topic, two] }));
    const { bootstrapServers } = inject('kafka');
    await expect(source.connect()).rejects.toEqual(
      new ConfigError([
        `The topic ${one} is not on the brokers ${bootstrapServers}. Create it, or correct topics.`,
        `The topic ${two} is not on the brokers ${bootstrapServers}. Create it, or correct topics.`,
      ]),
    );
  });
});
