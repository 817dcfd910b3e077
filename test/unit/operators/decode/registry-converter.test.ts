import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError, describeError, UnavailableError } from '../../../../src/core/errors.ts';
import { createConverter } from '../../../../src/operators/decode/create-converter.ts';
import { RegistryClient, SchemaNotFoundError } from '../../../../src/operators/decode/registry/registry-client.ts';
import { SchemaStore } from '../../../../src/operators/decode/registry/schema-store.ts';
import { FakeRegistry } from '../../../support/fake-registry.ts';
import { RecordingLogger } from '../../../support/recording-logger.ts';
import { batchOf } from '../../../support/records.ts';
import { convert, frame, registryFixture } from '../../../support/registry-converter.ts';
import { deadAddress } from '../../../support/servers.ts';

const STRING = { schema: '"string"' };
const A = Buffer.from('0261', 'hex');

describe('a converter with a schema registry', () => {
  it('fetches a schema once, whoever asks', async () => {
    const { converter, registry } = await registryFixture('AvroConverter', STRING);
    await Promise.all([1, 2, 3].map(() => convert(converter, frame(1, A))));
    expect(converter.prepareValue?.(batchOf([frame(1, A)]).records, 0)).toBeUndefined();
    expect(converter.prepareKey?.(frame(1, A), { topic: 't', headers: {} })).toBeUndefined();
    expect(registry.asked).toEqual(['/schemas/ids/1']);
  });

  it('takes null for a tombstone and asks nobody', async () => {
    const { converter, registry } = await registryFixture('AvroConverter', STRING);
    expect(await convert(converter, null)).toEqual({ schema: null, value: null });
    expect(registry.asked).toEqual([]);
  });

  it('reads the schema that a header or the frame names by GUID', async () => {
    const guid = '01234567-89ab-cdef-0123-456789abcdef';
    const name = Buffer.from(`01${guid.replaceAll('-', '')}`, 'hex');
    const served = { [`/schemas/guids/${guid}`]: STRING };
    const { converter, registry } = await registryFixture('AvroConverter', STRING, { served });
    expect((await convert(converter, A, { __value_schema_id: name })).value).toBe('a');
    expect((await convert(converter, Buffer.concat([name, A]))).value).toBe('a');
    expect(registry.asked).toEqual([`/schemas/guids/${guid}`]);
  });

  it('takes the indexes of a Protobuf message from the header too', async () => {
    const schema = { schemaType: 'PROTOBUF', schema: 'syntax = "proto3"; message A {} message B { int32 x = 1; }' };
    const { converter } = await registryFixture('ProtobufConverter', schema);
    const header = Buffer.concat([frame(1, Buffer.from('0202', 'hex'))]);
    expect((await convert(converter, Buffer.from('0805', 'hex'), { __value_schema_id: header })).value).toEqual({
      x: 5,
    });
  });

  it.each([
    ['a wrong magic byte', '7b7d000000', 'Unknown magic byte!'],
    ['no room for an id', '0001', 'Size of data is too small for a schema id'],
    ['nothing', '', 'Size of data is too small for a schema id'],
  ])('refuses %s', async (_, hex, reason) => {
    const { converter } = await registryFixture('AvroConverter', STRING);
    const converting = convert(converter, Buffer.from(hex, 'hex'));
    await expect(converting).rejects.toThrow('Failed to deserialize data for topic orders to Avro');
    await expect(converting).rejects.toMatchObject({ cause: { message: reason } });
  });

  it('refuses the records of an unknown id, and says what the registry said', async () => {
    const { converter, registry } = await registryFixture('AvroConverter', STRING);
    const error: unknown = await convert(converter, frame(7, A)).catch((reason: unknown) => reason);
    expect(describeError(error)).toBe(
      `Failed to deserialize data for topic orders to Avro: ${registry.url}/schemas/ids/7 answers 404: {"error_code":40403,"message":"Schema not found"}`,
    );
    await expect(convert(converter, frame(7, A))).rejects.toThrow();
    expect(registry.asked).toEqual(['/schemas/ids/7']);
  });

  it('refuses a schema of another type', async () => {
    const { converter } = await registryFixture('AvroConverter', { schemaType: 'JSON', schema: '{}' });
    await expect(convert(converter, frame(1, A))).rejects.toMatchObject({
      cause: { message: 'The schema is of type JSON, not AVRO' },
    });
  });

  it.each([
    ['nothing', {}, undefined],
    [
      'a user name',
      { username: 'me', password: 'pass:wörd' },
      `Basic ${Buffer.from('me:pass:wörd').toString('base64')}`,
    ],
    ['a token', { token: 'abc' }, 'Bearer abc'],
  ])('shows who it is with %s', async (_, changes, authorization) => {
    const { converter, registry } = await registryFixture('AvroConverter', STRING, { registry: changes });
    await convert(converter, frame(1, A));
    expect(registry.headers[0]?.authorization).toBe(authorization);
  });

  it('says which cluster and pool of Confluent Cloud a token is for', async () => {
    const changes = { token: 'abc', logicalCluster: 'lsrc-1', identityPool: 'pool-1' };
    const { converter, registry } = await registryFixture('AvroConverter', STRING, { registry: changes });
    await convert(converter, frame(1, A));
    expect(registry.headers[0]).toMatchObject({
      'target-sr-cluster': 'lsrc-1',
      'confluent-identity-pool-id': 'pool-1',
    });
  });

  it('goes to the next address when one is dead', async () => {
    const registry = await FakeRegistry.start({ '/base/schemas/ids/1': STRING });
    const urls = [await deadAddress(), `${registry.url}/base`];
    const { converter } = await registryFixture('AvroConverter', STRING, { registry: { urls } });
    expect((await convert(converter, frame(1, A))).value).toBe('a');
    expect(registry.asked).toEqual(['/base/schemas/ids/1']);
  });

  it('stops, and dead-letters nothing, when the registry refuses us', async () => {
    const { converter, registry } = await registryFixture('AvroConverter', STRING);
    registry.intercept = (response) => {
      response.writeHead(401).end('no');
      return true;
    };
    await expect(convert(converter, frame(1, A))).rejects.toThrow(
      new ConfigError([
        `The schema registry refuses us: ${registry.url}/schemas/ids/1 answers 401: no. Check the user name and the password, or the token, that are given for it.`,
      ]),
    );
  });

  it("takes a 404 that is not a registry's for one that may answer later, so that it makes no dead letters", async () => {
    const { converter, registry } = await registryFixture('AvroConverter', STRING);
    let answers = 0;
    registry.intercept = (response) => {
      if (++answers > 1) return false;
      response.writeHead(404).end('<html>no such page</html>');
      return true;
    };
    expect((await convert(converter, frame(1, A))).value).toBe('a');
    expect(registry.asked).toHaveLength(2);
  });

  it('can be asked whether its registry is there', async () => {
    const { converter, registry } = await registryFixture('AvroConverter', STRING);
    registry.serve('/schemas/types', STRING);
    await converter.check?.();
    expect(registry.asked).toEqual(['/schemas/types']);
  });

  it.each([
    [403, ConfigError, /^The schema registry refuses us: .*\/schemas\/types answers 403: no\. Check the user name/],
    [
      404,
      ConfigError,
      /\/schemas\/types answers 404, so the address is not that of a schema registry\. It has to hold the path/,
    ],
    [503, UnavailableError, /\/schemas\/types answers 503: no$/],
  ])('says at once that its registry answers %i', async (status, type, message) => {
    const { converter, registry } = await registryFixture('AvroConverter', STRING);
    registry.intercept = (response) => {
      response.writeHead(status).end('no');
      return true;
    };
    const checking = converter.check?.();
    await expect(checking).rejects.toBeInstanceOf(type);
    await expect(checking).rejects.toThrow(message);
  });

  it('cannot do without one', () => {
    expect(() => createConverter('AvroConverter', {}, { prefix: 'value.converter.' })).toThrow(
      new ConfigError(['`value.converter.schema.registry.url` is missing: the schemas of AVRO come from there.']),
    );
  });
});

describe('SchemaStore', () => {
  it('asks again until the registry answers, and says so', async () => {
    const logger = new RecordingLogger();
    const failures = [new UnavailableError('down'), new UnavailableError('still down')];
    const waits: number[] = [];
    const store = new SchemaStore({
      fetch: () => {
        const failure = failures.shift();
        return failure ? Promise.reject(failure) : Promise.resolve({ type: 'AVRO', text: 'x', references: [] });
      },
      compile: ({ text }) => Promise.resolve(text),
      logger,
      wait: (attempt) => {
        waits.push(attempt);
        return Promise.resolve();
      },
    });
    await store.prepare('1');
    expect(store.get('1')).toBe('x');
    expect(waits).toEqual([1, 2]);
    expect(logger.messages('warn')).toEqual([
      'The schema registry does not answer, asking again. down',
      'The schema registry does not answer, asking again. still down',
    ]);
  });

  it('gives up a registry that does not answer after a time, if it is told to, and asks again for the next record', async () => {
    let now = 0;
    let asked = 0;
    const store = new SchemaStore({
      fetch: () => {
        asked++;
        return Promise.reject(new UnavailableError('down'));
      },
      compile: () => Promise.resolve(1),
      now: () => now,
      giveUpMs: 1_000,
      wait: () => {
        now += 400;
        return Promise.resolve();
      },
    });
    await store.prepare('1');
    expect(asked).toBe(4);
    expect(() => store.get('1')).toThrow(new UnavailableError('down'));
    await store.prepare('1');
    expect(asked).toBe(8);
  });

  it('asks for a schema that was not there again, but not at once', async () => {
    let now = 0;
    let there = false;
    let asked = 0;
    const store = new SchemaStore({
      fetch: () => {
        asked++;
        return there
          ? Promise.resolve({ type: 'AVRO', text: 'x', references: [] })
          : Promise.reject(new SchemaNotFoundError('not there'));
      },
      compile: ({ text }) => Promise.resolve(text),
      now: () => now,
    });
    await store.prepare('1');
    expect(() => store.get('1')).toThrow('not there');
    there = true;
    expect(store.prepare('1')).toBeUndefined();
    now = 10_000;
    await store.prepare('1');
    expect(store.get('1')).toBe('x');
    expect(asked).toBe(2);
  });

  it('stops waiting when it is closed', async () => {
    const store = new SchemaStore({
      fetch: () => Promise.reject(new UnavailableError('down')),
      compile: () => Promise.resolve(1),
    });
    const preparing = store.prepare('1');
    store.close();
    await expect(preparing).rejects.toThrow();
  });
});

describe('RegistryClient', () => {
  it('does not wait for ever for a registry that says nothing', async () => {
    const registry = await FakeRegistry.start();
    registry.intercept = () => true;
    const client = new RegistryClient({ urls: [registry.url], connectMs: 100, readMs: 50 });
    onTestFinished(() => client.close());
    await expect(client.schema('1', AbortSignal.timeout(10_000))).rejects.toBeInstanceOf(UnavailableError);
  });

  it.each([
    [503, 'busy', 'answers 503: busy'],
    [200, '<html>', 'answers 200 with something else than a schema: <html>'],
  ])('takes %i for a registry that may answer later', async (status, body, message) => {
    const registry = await FakeRegistry.start();
    registry.intercept = (response) => {
      response.writeHead(status).end(body);
      return true;
    };
    const client = new RegistryClient({ urls: [registry.url], connectMs: 1_000, readMs: 1_000 });
    onTestFinished(() => client.close());
    const asking = client.schema('1', AbortSignal.timeout(10_000));
    await expect(asking).rejects.toBeInstanceOf(UnavailableError);
    await expect(asking).rejects.toThrow(message);
  });
});
