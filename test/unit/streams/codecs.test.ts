import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Codec, lz4Codec, snappyCodec, zstdCodec } from '../../../src/streams/kafka/codecs.ts';

const TEXTS = { empty: '', short: 'Kafka ü', long: '0123456789abcdef'.repeat(5000) };
const CODECS: Readonly<Record<string, Codec>> = { snappy: snappyCodec, lz4: lz4Codec, zstd: zstdCodec };

/** What Kafka's Java producer made of the texts: test/vectors/KafkaCompression.java. */
const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/kafka-compression.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

function vector(name: string): Buffer {
  return Buffer.from(vectors[name] ?? '', 'base64');
}

const cases = Object.keys(CODECS).flatMap((codec) => Object.keys(TEXTS).map((text) => [codec, text] as const));

describe('the codecs', () => {
  it.each(cases)('read %s bytes of a Java producer: the %s text', async (codec, text) => {
    const bytes = await CODECS[codec]?.decompress(vector(`${codec} ${text}`));
    // Not toBe: it would print both texts.
    expect(bytes?.toString('utf8') === TEXTS[text as keyof typeof TEXTS]).toBe(true);
  });

  it('read snappy in several blocks, as Java writes what is longer than 32 KiB', () => {
    const framed = vector('snappy long');
    const lengths: number[] = [];
    for (let position = 16; position < framed.length; ) {
      const length = framed.readInt32BE(position);
      lengths.push(length);
      position += 4 + length;
    }
    expect(lengths).toHaveLength(3);
  });

  it('read snappy without framing, as librdkafka writes it', async () => {
    const compressed = await snappyCodec.compress({ buffer: Buffer.from(TEXTS.long) });
    expect((await snappyCodec.decompress(compressed)).toString('utf8') === TEXTS.long).toBe(true);
  });

  it('read a zstd frame that does not tell its size', async () => {
    // The frame header descriptor: no content size, no single segment.
    expect((vector('zstd long')[4] ?? 0) & 0b1110_0000).toBe(0);
    expect((await zstdCodec.decompress(vector('zstd long'))).length).toBe(TEXTS.long.length);
  });

  it.each([
    ['snappy', snappyCodec],
    ['lz4', lz4Codec],
  ])('read back what they wrote as %s', async (_, codec) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(await codec.decompress(await codec.compress({ buffer }))).toEqual(buffer);
      }),
      { numRuns: 25 },
    );
  });

  it.each(Object.entries(CODECS))('reject %s bytes that are damaged, rather than throw', async (name, codec) => {
    const damaged = Buffer.from(vector(`${name} long`));
    damaged.fill(0xff, 8);
    await expect(codec.decompress(damaged)).rejects.toBeInstanceOf(Error);
  });

  it('cannot write zstd, and says what to use', async () => {
    await expect(zstdCodec.compress({ buffer: Buffer.alloc(1) })).rejects.toThrow('choose gzip, snappy or lz4');
  });
});
