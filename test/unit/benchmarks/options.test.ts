import { describe, expect, it } from 'vitest';
import { HELP, readOptions, subjectsOf } from '../../../benchmarks/options.ts';

describe('the options of the benchmark', () => {
  it('have the sizes of the design by default', () => {
    expect(readOptions([])).toMatchObject({
      modes: ['consume-only', 'pass-through', 'parse', 'transform', 'smt', 'avro', 'protobuf', 'json-schema'],
      deliveries: ['exactly-once'],
      workloads: [{ rows: 2_000_000, rowBytes: 208, partitions: 4, topics: 1, codec: 'none' }],
      repeat: 3,
      flushBytes: 67_108_864,
      intervalsMs: [1000, 100],
      rowsPerSecond: 2000,
    });
  });

  it('run the modes in a fixed order, whatever order they are named in', () => {
    expect(readOptions(['--modes', 'parse,consume-only'])?.modes).toEqual(['consume-only', 'parse']);
  });

  it('add Kafka Connect when it is asked for, or its connector is named', () => {
    for (const args of [['--connect'], ['--connect-plugin', 'plugins']]) {
      expect(readOptions(args)?.modes.slice(-3)).toEqual(['connect', 'connect-smt', 'connect-avro']);
    }
    expect(readOptions(['--connect'])?.connect).toEqual({ pluginDir: undefined });
    expect(readOptions(['--connect-plugin', 'plugins'])?.connect).toEqual({ pluginDir: 'plugins' });
    expect(readOptions([])?.connect).toBeUndefined();
  });

  it('make a workload of each further value in a list, and then measure pass-through alone', () => {
    const options = readOptions(['--rows', '1e6,10000000', '--codecs', 'none,zstd']);
    expect(options?.workloads).toMatchObject([
      { rows: 1_000_000, codec: 'none' },
      { rows: 10_000_000, codec: 'none' },
      { rows: 1_000_000, codec: 'zstd' },
    ]);
    expect(options?.modes).toEqual(['pass-through']);
    expect(readOptions(['--topics', '1,100', '--modes', 'parse'])?.modes).toEqual(['parse']);
    expect(readOptions(['--topics', '1,100', '--connect-plugin', 'plugins'])?.modes).toEqual([
      'pass-through',
      'connect',
    ]);
  });

  it('profile one round, unless more are wanted', () => {
    expect(readOptions(['--profile'])).toMatchObject({ profile: true, repeat: 1 });
    expect(readOptions(['--profile', '--repeat', '2'])?.repeat).toBe(2);
  });

  it('measure Tributary once for each delivery, and the others once', () => {
    const both = readOptions(['--modes', 'consume-only,parse', '--delivery', 'at-least-once,exactly-once']);
    expect(both && subjectsOf(both)).toEqual([
      { mode: 'consume-only', delivery: undefined },
      { mode: 'parse', delivery: 'exactly-once' },
      { mode: 'parse', delivery: 'at-least-once' },
    ]);
    const one = readOptions(['--connect-plugin', 'plugins', '--modes', 'parse,connect']);
    expect(one && subjectsOf(one)).toEqual([
      { mode: 'parse', delivery: 'exactly-once' },
      { mode: 'connect', delivery: undefined },
    ]);
  });

  it('compare numbers of tasks where they are named, and none otherwise', () => {
    expect(readOptions(['--tasks', '1,2,4'])?.tasks).toEqual([1, 2, 4]);
    expect(readOptions([])?.tasks).toEqual([]);
  });

  it.each([
    [['--rows', 'many'], '--rows takes a whole number from 1000 to 100000000, and got "many".'],
    [['--repeat', '0'], '--repeat takes a whole number from 1 to 1000, and got "0".'],
    [
      ['--modes', 'fast'],
      '--modes takes consume-only, pass-through, parse, transform, mask, smt, avro, protobuf, json-schema, connect, connect-smt, connect-avro, and got "fast".',
    ],
    [['--delivery', 'twice'], '--delivery takes exactly-once, at-least-once, and got "twice".'],
    [
      ['--modes', 'parse,connect-smt'],
      'The mode connect-smt needs --connect, or --connect-plugin with the folder of the StarRocks connector.',
    ],
    [['--codecs', 'none,brotli'], '--codecs takes none, gzip, snappy, lz4, zstd, and got "brotli".'],
    [['--partitions', '4,0'], '--partitions takes a whole number from 1 to 4000, and got "0".'],
    [
      ['--codecs', 'none,lz4', '--modes', 'consume-only,parse'],
      'The mode consume-only cannot read lz4: KafkaJS by itself knows gzip alone. Leave it out of --modes.',
    ],
    [
      ['--row-bytes', '208,50', '--modes', 'avro'],
      'The mode avro needs rows with all columns: --row-bytes of 150 or more, not 50.',
    ],
    [
      ['--modes', 'connect'],
      'The mode connect needs --connect, or --connect-plugin with the folder of the StarRocks connector.',
    ],
  ])('%j is refused in a sentence', (args, sentence) => {
    expect(() => readOptions(args)).toThrow(sentence);
  });

  it('are undefined for --help, and each one is in it', () => {
    expect(readOptions(['--help'])).toBeUndefined();
    for (const name of [
      'rows',
      'row-bytes',
      'partitions',
      'topics',
      'codecs',
      'profile',
      'repeat',
      'modes',
      'delivery',
      'flush-bytes',
      'fetch-bytes',
      'latency',
      'connect-plugin',
      'json',
    ]) {
      expect(HELP).toContain(`--${name}`);
    }
  });
});
