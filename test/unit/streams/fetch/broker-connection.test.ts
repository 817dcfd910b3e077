import { Buffer } from 'node:buffer';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UnavailableError } from '../../../../src/core/errors.ts';
import { type KafkaConnectionOptions } from '../../../../src/streams/kafka/client-options.ts';
import { BrokerConnection } from '../../../../src/streams/kafka/fetch/broker-connection.ts';
import { metadataApi } from '../../../../src/streams/kafka/fetch/metadata-api.ts';
import { WireReader } from '../../../../src/streams/kafka/fetch/wire-reader.ts';
import { WireWriter } from '../../../../src/streams/kafka/fetch/wire-writer.ts';
import { eventually } from '../../../support/eventually.ts';
import { type Answer, fakeBroker, frame, KEYS, metadataAnswer, versionsAnswer } from '../../../support/fake-broker.ts';

const OPTIONS: KafkaConnectionOptions = {
  brokers: [],
  clientId: 'test',
  connectionTimeoutMs: 2000,
  requestTimeoutMs: 2000,
};

async function open(
  answer: Answer,
  options: Partial<KafkaConnectionOptions> = {},
): Promise<{ connection: BrokerConnection; broker: Awaited<ReturnType<typeof fakeBroker>> }> {
  const broker = await fakeBroker(answer);
  const connection = await BrokerConnection.open({ ...OPTIONS, ...options }, broker, new AbortController().signal);
  onTestFinished(() => connection.close());
  return { connection, broker };
}

const leaders = (port: number): Buffer =>
  metadataAnswer([{ node: 1, host: 'localhost', port }], { topic: 'orders', leaders: [1] });

/** Answers as a broker does. */
const polite: Answer = ({ apiKey }) => (apiKey === KEYS.apiVersions ? versionsAnswer() : leaders(9));

describe('BrokerConnection', () => {
  it('asks what the broker speaks, and then in the newest version that both do', async () => {
    const { connection, broker } = await open(polite);
    const metadata = await connection.request(metadataApi, ['orders']);
    expect(metadata.topics).toEqual([
      {
        topic: 'orders',
        id: undefined,
        error: 0,
        isInternal: false,
        partitions: [{ partition: 0, error: 0, leader: 1, leaderEpoch: 5 }],
      },
    ]);
    expect(metadata.brokers.get(1)).toEqual({ host: 'localhost', port: 9 });
    expect(broker.requests.map(({ apiKey, version, clientId }) => [apiKey, version, clientId])).toEqual([
      [KEYS.apiVersions, 0, 'test'],
      [KEYS.metadata, 7, 'test'],
    ]);
  });

  it('reads an answer that comes in pieces of one byte', async () => {
    const { connection } = await open(({ apiKey, correlationId }, socket) => {
      if (apiKey === KEYS.apiVersions) return versionsAnswer();
      socket.setNoDelay(true);
      for (const byte of frame(correlationId, leaders(9))) socket.write(Buffer.from([byte]));
      return undefined;
    });
    expect((await connection.request(metadataApi, [])).brokers.size).toBe(1);
    expect((await connection.request(metadataApi, [])).brokers.size).toBe(1);
  });

  it('reads the first byte of an answer that it waits for, also when nobody waited for it at the end of the one before', async () => {
    // Only from 16 MiB on is that byte another one than 0.
    const { connection } = await open(({ apiKey }) =>
      apiKey === KEYS.apiVersions ? versionsAnswer() : Buffer.concat([leaders(9), Buffer.alloc(16 * 1024 * 1024)]),
    );
    expect((await connection.request(metadataApi, [])).brokers.size).toBe(1);
    expect((await connection.request(metadataApi, [])).brokers.size).toBe(1);
  });

  it('refuses a broker that is too old, and says which one is not', async () => {
    const { connection } = await open(() => versionsAnswer([[KEYS.metadata, 0, 3]]));
    await expect(connection.request(metadataApi, [])).rejects.toThrow(
      /^The connection to the Kafka broker 127\.0\.0\.1:\d+ cannot be used: the broker does not speak Metadata in versions 4 to 12\. Brokers of 0\.11 and later do\.$/,
    );
    expect(connection.isOpen).toBe(false);
  });

  it.each<[string, Answer, RegExp]>([
    ['hangs up', (_, socket) => void socket.destroy(), /(was closed by the broker|ECONNRESET)/],
    ['hangs up politely', (_, socket) => void socket.end(), /was closed by the broker\.$/],
    [
      'hangs up in the middle of an answer',
      ({ correlationId }, socket) => void socket.end(frame(correlationId, leaders(9)).subarray(0, 20)),
      /was closed by the broker\.$/,
    ],
    [
      'gives the answer to another request',
      ({ correlationId }, socket) => void socket.write(frame(correlationId + 1, leaders(9))),
      /brought something that is no answer of a Kafka broker\.$/,
    ],
    [
      'is a web server',
      (_, socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /brought something that is no answer of a Kafka broker\.$/,
    ],
    [
      'gives an answer that ends too early',
      () => Buffer.alloc(7),
      /brought an answer to Metadata that cannot be read\.$/,
    ],
    ['gives an empty answer', () => Buffer.alloc(0), /brought an answer to Metadata that cannot be read\.$/],
  ])('gives up a broker that %s', async (_, answer, message) => {
    const { connection } = await open((request, socket) =>
      request.apiKey === KEYS.apiVersions ? versionsAnswer() : answer(request, socket),
    );
    const failure: unknown = await connection.request(metadataApi, []).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UnavailableError);
    expect((failure as Error).message).toMatch(message);
    expect(connection.isOpen).toBe(false);
    await expect(connection.request(metadataApi, [])).rejects.toThrow(failure);
  });

  it('gives up a broker that does not answer in time', async () => {
    const { connection } = await open(({ apiKey }) => (apiKey === KEYS.apiVersions ? versionsAnswer() : undefined), {
      requestTimeoutMs: 200,
    });
    await expect(connection.request(metadataApi, [], 50)).rejects.toThrow(/got no answer to Metadata within 250 ms\.$/);
  });

  it('gives up a broker that says something unasked', async () => {
    const { connection, broker } = await open(polite);
    for (const socket of broker.sockets) socket.write('x');
    await eventually(() => expect(connection.isOpen).toBe(false));
    await expect(connection.request(metadataApi, [])).rejects.toThrow(/something that nobody had asked for\.$/);
  });

  it('notices that an idle connection was closed', async () => {
    const { connection, broker } = await open(polite);
    for (const socket of broker.sockets) socket.end();
    await eventually(() => expect(connection.isOpen).toBe(false));
  });

  it('stops opening when it is told to', async () => {
    const silent = await fakeBroker(() => undefined);
    const end = new AbortController();
    const opening = BrokerConnection.open(OPTIONS, silent, end.signal);
    await eventually(() => expect(silent.requests).toHaveLength(1));
    end.abort();
    await expect(opening).rejects.toThrow(/was closed\.$/);
    await eventually(() => expect(silent.sockets.size).toBe(0));
  });
});

describe('BrokerConnection logs in', () => {
  const sasl = { mechanism: 'plain', username: 'ann', password: 'secret' } as const;
  const handshake = (error: number): Buffer =>
    new WireWriter()
      .int16(error)
      .array([], () => undefined)
      .toBuffer();
  const step = (error: number, message: string): Buffer =>
    new WireWriter().int16(error).string(message).bytes(Buffer.alloc(0)).toBuffer();

  it('with name and password', async () => {
    const { broker } = await open(
      ({ apiKey }) =>
        apiKey === KEYS.apiVersions ? versionsAnswer() : apiKey === KEYS.saslHandshake ? handshake(0) : step(0, ''),
      { sasl },
    );
    const [, mechanism, proof] = broker.requests;
    expect(new WireReader(mechanism?.body ?? Buffer.alloc(0)).string()).toBe('PLAIN');
    expect(new WireReader(proof?.body ?? Buffer.alloc(0)).bytes().toString()).toBe('\0ann\0secret');
  });

  it('not with a wrong password, and names the user but not the password', async () => {
    const opening = open(
      ({ apiKey }) =>
        apiKey === KEYS.apiVersions
          ? versionsAnswer()
          : apiKey === KEYS.saslHandshake
            ? handshake(0)
            : step(58, 'Authentication failed'),
      { sasl },
    );
    await expect(opening).rejects.toThrow(
      /refused the user ann: Authentication failed\. Check sasl\.mechanism and sasl\.jaas\.config\.$/,
    );
    await expect(opening).rejects.not.toThrow('secret');
  });
});
