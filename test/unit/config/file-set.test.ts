import { describe, expect, it } from 'vitest';
import { connectFiles, connectText, pipelineYaml, problemsOf, properties } from './support.ts';

describe("a worker's mistake is one sentence", () => {
  it.each([
    [
      { 'bootstrap.servers': undefined },
      '`bootstrap.servers` is missing in w (Brokers to ask first, `host:port`; the others are found through them).',
    ],
    [
      { 'bootstrap.servers': 'localhost' },
      '`bootstrap.servers` has `localhost` (w:1), but it must be host:port, such as localhost:9092.',
    ],
    [
      { 'offset.flush.interval.ms': '10s' },
      '`offset.flush.interval.ms` is `10s` (w:5), but it must be a whole number from 10 to 86400000 ms.',
    ],
    [
      { 'bufferflush.maxbytes ': ' xxx' },
      '`bufferflush.maxbytes` is `xxx` (w:5, as the default of its connectors), but it must be a whole number from 67108864 to 10737418240 bytes.',
    ],
    [
      { 'offset.flush.intervall.ms': '1' },
      '`offset.flush.intervall.ms` (w:5) is not a setting; did you mean `offset.flush.interval.ms`?',
    ],
    [
      { 'consumer.foo.bar': '1' },
      '`consumer.foo.bar` (w:5) is a Kafka consumer setting that Tributary cannot honour: it has no counterpart here.',
    ],
  ])('%j', async (worker, problem) => expect(await problemsOf(connectFiles({ worker }))).toEqual([problem]));
});

describe('the set of files', () => {
  const { w = '', c = '' } = connectFiles({});
  const yaml = pipelineYaml()['p.yaml'] ?? '';
  it.each([
    ['nothing', {}, 'No configuration file is given.'],
    ['an empty file', { w, c: ' \n' }, 'c is empty.'],
    ['a file of comments', { 'c.yaml': '# nothing\n' }, 'c.yaml is empty but for comments.'],
    [
      'a worker alone, without the REST API',
      { w: `${w}\nlisteners=` },
      "w is a worker's file, but a connector's file is missing after it.",
    ],
    [
      'a connector alone',
      { c },
      "The worker's file is missing beside c: give the one with `bootstrap.servers` first, as to connect-standalone.",
    ],
    [
      'two workers',
      { w, w2: w, c },
      "w and w2 are both workers' files, but there can be only one; a connector's file has `name` and `connector.class`.",
    ],
    ['a mixture', { w, c, 'p.yaml': yaml }, 'Kafka Connect files and pipeline files cannot be mixed in one process.'],
    [
      'one name twice',
      { w, c, d: c },
      'Two pipelines are called `orders`, but each needs a name of its own: it names the consumer group.',
    ],
    [
      'only foreign connectors',
      { w, c: properties({ name: 'x', 'connector.class': 'FileStreamSink' }) },
      'None of the connectors is a StarRocks sink, so there is nothing to run.',
    ],
    [
      'a broken escape',
      { w, c: `${c}\nx=\\u12` },
      'c:8 cannot be read: \\u must be followed by four hexadecimal digits.',
    ],
  ])('is refused: %s', async (_, files, problem) => expect(await problemsOf(files)).toEqual([problem]));

  it('takes a distributed worker alone', async () =>
    expect(await problemsOf({ w: `${w}\ngroup.id=g\nconfig.storage.topic=t\nstatus.storage.topic=s` })).toEqual([]));
  it('takes the connector before the worker, too', async () => expect(await problemsOf({ c, w })).toEqual([]));
  it('takes a distributed worker beside a connector', async () =>
    expect(await problemsOf({ w: `${w}\ngroup.id=g\nconfig.storage.topic=t`, c })).toEqual([]));

  it('gives all the problems of all the files at once', async () => {
    const files = connectText({
      worker: 'ofset.flush.interval.ms=1',
      connector: 'connect.timeoutms=1\nsink.maxretries=-5\ntasks.max=x',
    });
    expect(await problemsOf({ ...files, '-missing': '' })).toHaveLength(4);
  });
});
