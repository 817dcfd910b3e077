import { describe, expect, it } from 'vitest';
import { connectFiles, problemsOf } from './support.ts';

const urlForm = 'write it as host:port, http://host:port or https://host:port.';
const oneColon = 'an entry must be `topic:table`, with one `:`.';

describe("a connector's mistake is one sentence", () => {
  it.each([
    // Topics
    [{ 'topics.regex': 'a.*' }, '`topics` is `orders` (c:3), but only one of it and `topics.regex` may be given.'],
    [{ topics: undefined }, '`topics` is missing in c: either it or `topics.regex` must name the topics.'],
    [
      { topics: 'a b' },
      '`topics` has `a b` (c:3), but it must be a topic name (letters, digits, `.`, `_` and `-`, at most 249).',
    ],
    [
      { topics: undefined, 'topics.regex': '(a' },
      '`topics.regex` is `(a` (c:7), but it cannot be used as a regular expression: Unterminated group.',
    ],
    // What has to be there
    [{ name: undefined }, '`name` is missing in c (Name of the pipeline; names its consumer group and its loads).'],
    [{ name: ' ' }, '`name` is `` (c:1), but it must be a name without control characters.'],
    [
      { 'starrocks.http.url': undefined },
      '`starrocks.http.url` is missing in c (HTTP addresses of the FEs, `host:port` or `https://host:port`).',
    ],
    [
      { 'starrocks.database.name': undefined },
      '`starrocks.database.name` is missing in c (Database of the target tables).',
    ],
    [
      { 'starrocks.username': undefined },
      '`starrocks.username` is missing in c (User with the INSERT privilege on the target tables).',
    ],
    [
      { 'starrocks.password': undefined },
      '`starrocks.password` is missing in c (Password of that user; may be empty).',
    ],
    [
      { 'connector.class': undefined },
      '`connector.class` is missing in c; for StarRocks it is `com.starrocks.connector.kafka.StarRocksSinkConnector`.',
    ],
    [
      { 'connector.class': 'com.starrocks.connector.StarRocksSink' },
      '`connector.class` is `com.starrocks.connector.StarRocksSink` (c:2), but it must be `com.starrocks.connector.kafka.StarRocksSinkConnector`.',
    ],
    // Ranges
    [
      { 'bufferflush.maxbytes': '67108863' },
      '`bufferflush.maxbytes` is `67108863` (c:8), but it must be a whole number from 67108864 to 10737418240 bytes.',
    ],
    [
      { 'bufferflush.maxbytes': '10737418241' },
      '`bufferflush.maxbytes` is `10737418241` (c:8), but it must be a whole number from 67108864 to 10737418240 bytes.',
    ],
    [
      { 'bufferflush.maxbytes': '90M' },
      '`bufferflush.maxbytes` is `90M` (c:8), but it must be a whole number from 67108864 to 10737418240 bytes.',
    ],
    [
      { 'bufferflush.intervalms': '999' },
      '`bufferflush.intervalms` is `999` (c:8), but it must be a whole number from 1000 to 3600000 ms.',
    ],
    [
      { 'connect.timeoutms': '99' },
      '`connect.timeoutms` is `99` (c:8), but it must be a whole number from 100 to 60000 ms.',
    ],
    [
      { 'connect.timeoutms': '60001' },
      '`connect.timeoutms` is `60001` (c:8), but it must be a whole number from 100 to 60000 ms.',
    ],
    [{ 'sink.maxretries': '-2' }, '`sink.maxretries` is `-2` (c:8), but it must be a whole number of -1 or more.'],
    [{ 'tasks.max': '0' }, '`tasks.max` is `0` (c:8), but it must be a whole number from 1 to 10000.'],
    [{ 'tasks.max': '1.5' }, '`tasks.max` is `1.5` (c:8), but it must be a whole number from 1 to 10000.'],
    // Misspelt keys
    [
      { topics: undefined, 'topics.regex': 'a', tpoics: 'x' },
      '`tpoics` (c:8) is not a setting; did you mean `topics`?',
    ],
    [
      { 'bufferflush.interval': '1' },
      '`bufferflush.interval` (c:8) is not a setting; did you mean `bufferflush.intervalms`?',
    ],
    [{ 'connect.timeout.ms': '1' }, '`connect.timeout.ms` (c:8) is not a setting; did you mean `connect.timeoutms`?'],
    [{ 'sink.property.columns': 'a' }, undefined],
    [
      { 'sink.propertes.columns': 'a' },
      '`sink.propertes.columns` (c:8) is not a setting; did you mean `sink.properties.columns`?',
    ],
    [{ 'error.tolerance': 'all' }, '`error.tolerance` (c:8) is not a setting; did you mean `errors.tolerance`?'],
    // Addresses
    [
      { 'starrocks.http.url': 'not a url' },
      `\`starrocks.http.url\` has \`not a url\` (c:4), but it is not an address; ${urlForm}`,
    ],
    [
      { 'starrocks.http.url': 'http://root:secret@fe:8030' },
      `\`starrocks.http.url\` has \`http://***@fe:8030\` (c:4), but it must not hold a user name or password, which have settings of their own; ${urlForm}`,
    ],
    [{ 'starrocks.http.url': ' , ' }, '`starrocks.http.url` is `` (c:4), but it must name at least one FE.'],
    // Tables
    [
      { 'sink.table.orders.columns': 'id' },
      "`sink.table.orders.columns` (c:8) is not a setting; one table's are written `sink.table.<table>.properties.<header>`.",
    ],
    [
      { 'sink.table.orders.properties.label': 'mine' },
      '`sink.table.orders.properties.label` is `mine` (c:8), but Tributary makes the labels, which is how a load is not repeated.',
    ],
    [
      { 'starrocks.topic2table.map': 'orders=tb' },
      `\`starrocks.topic2table.map\` (c:8) has the entry \`orders=tb\`, but ${oneColon}`,
    ],
    [
      { 'starrocks.topic2table.map': 'a:b:c' },
      `\`starrocks.topic2table.map\` (c:8) has the entry \`a:b:c\`, but ${oneColon}`,
    ],
    [
      { 'starrocks.topic2table.map': 'garbage' },
      `\`starrocks.topic2table.map\` (c:8) has the entry \`garbage\`, but ${oneColon}`,
    ],
    [
      { 'starrocks.topic2table.map': 'orders:' },
      `\`starrocks.topic2table.map\` (c:8) has the entry \`orders:\`, but ${oneColon}`,
    ],
    [
      { 'starrocks.topic2table.map': 'orders:a,orders:b' },
      '`starrocks.topic2table.map` (c:8) has the entry `orders:b`, but the topic `orders` already has the table `a`.',
    ],
    [
      { 'starrocks.topic2table.map': 'orders:a.b.c' },
      '`starrocks.topic2table.map` (c:8) has the entry `orders:a.b.c`, but a table must be `table` or `database.table`.',
    ],
    [
      { 'starrocks.topic2table.map': 'orders:a b' },
      '`starrocks.topic2table.map` (c:8) has the entry `orders:a b`, but the name of a table cannot hold a space or a slash.',
    ],
    // Loads
    [
      { 'sink.properties.format': 'CSV' },
      '`sink.properties.format` is `csv` (c:8), but then the fields need an order: set `columns` in `sink.properties.*`, or make `value.converter` the one for text if the values are CSV already.',
    ],
    [
      { 'sink.properties.format': 'parquet' },
      '`sink.properties.format` is `parquet` (c:8), but it must be `json` or `csv`.',
    ],
    [
      { 'sink.properties.label': 'x' },
      '`sink.properties.label` is `x` (c:8), but Tributary makes the labels, which is how a load is not repeated.',
    ],
    [
      { 'sink.properties.Compression': 'brotli' },
      '`sink.properties.Compression` is `brotli` (c:8), but it must be `none` or `gzip` or `lz4_frame` or `zstd`.',
    ],
    [
      { 'sink.properties.strip_outer_array': 'false' },
      '`sink.properties.strip_outer_array` is `false` (c:8), but it must be true, because a load is sent as one JSON array.',
    ],
    [
      { 'sink.properties.max_filter_ratio': '2' },
      '`sink.properties.max_filter_ratio` is `2` (c:8), but it must be a number from 0 to 1.',
    ],
    [
      { 'sink.properties.timeout': '0' },
      '`sink.properties.timeout` is `0` (c:8), but it must be a whole number from 1 to 259200 s.',
    ],
    [
      { 'sink.properties.columns': 'a,\\u0001b' },
      '`sink.properties.columns` is `a,\u0001b` (c:8), but its value must be text on one line, without control characters.',
    ],
    [
      { 'sink.properties.Authorization': 'Basic hunter2' },
      '`sink.properties.Authorization` (c:8) is set, but it comes from the user name and the password.',
    ],
    // Kafka's consumer
    [
      { 'consumer.override.foo.bar': '1' },
      '`consumer.override.foo.bar` (c:8) is a Kafka consumer setting that Tributary cannot honour: it has no counterpart here.',
    ],
    [
      { 'consumer.override.group.instance.id': 'a' },
      '`consumer.override.group.instance.id` is `a` (c:8), a Kafka consumer setting that Tributary cannot honour: a member that keeps its partitions over a restart is not supported.',
    ],
    [
      { 'consumer.override.interceptor.classes': 'com.example.I' },
      '`consumer.override.interceptor.classes` is `com.example.I` (c:8), a Kafka consumer setting that Tributary cannot honour: a Java class cannot be loaded.',
    ],
    [{ 'consumer.override.interceptor.classes': '' }, undefined],
    [
      { 'consumer.override.fetch.max.byte': '1' },
      "`consumer.override.fetch.max.byte` (c:8) is not a setting of Kafka's consumer; did you mean `consumer.override.fetch.max.bytes`?",
    ],
    [
      { 'consumer.override.auto.offset.reset': 'now' },
      '`consumer.override.auto.offset.reset` is `now` (c:8), but it must be `earliest` or `latest` or `none`.',
    ],
    [
      { 'consumer.override.heartbeat.interval.ms': '45000' },
      '`consumer.override.heartbeat.interval.ms` is `45000` (c:8), but it must be less than `consumer.override.session.timeout.ms`.',
    ],
    [
      { 'consumer.override.fetch.max.wait.ms': '30000' },
      '`consumer.override.request.timeout.ms` is `30000` by default (c), but it must be more than `consumer.override.fetch.max.wait.ms`.',
    ],
    // Delivery and bad records
    [{ delivery: 'maybe' }, '`delivery` is `maybe` (c:8), but it must be `exactly-once` or `at-least-once`.'],
    [{ 'errors.tolerance': 'some' }, '`errors.tolerance` is `some` (c:8), but it must be `none` or `all`.'],
    [{ 'errors.tolerance': 'ALL' }, '`errors.tolerance` is `ALL` (c:8), but it must be `none` or `all`.'],
    [
      { 'errors.deadletterqueue.topic.name': 'orders' },
      '`errors.deadletterqueue.topic.name` is `orders` (c:8), but it must not be one of the topics that are read.',
    ],
    [
      { topics: undefined, 'topics.regex': 'ord.*', 'errors.deadletterqueue.topic.name': 'orders-dlq' },
      '`errors.deadletterqueue.topic.name` is `orders-dlq` (c:8), but it must not be one of the topics that are read.',
    ],
    [
      { 'errors.deadletterqueue.topic.name': 'a b' },
      '`errors.deadletterqueue.topic.name` is `a b` (c:8), but it must be a topic name (letters, digits, `.`, `_` and `-`, at most 249).',
    ],
    [
      { 'errors.deadletterqueue.topic.name': 'dlq', 'errors.deadletterqueue.topic.replication.factor': '0' },
      '`errors.deadletterqueue.topic.replication.factor` is `0` (c:9), but it must be -1, or 1 or more.',
    ],
    [
      { 'errors.deadletterqueue.topic.name': 'dlq', 'errors.deadletterqueue.context.headers.enable': 'yes' },
      '`errors.deadletterqueue.context.headers.enable` is `yes` (c:9), but it must be true or false.',
    ],
    [
      { 'errors.retry.timeout': '-2' },
      '`errors.retry.timeout` is `-2` (c:8), but it must be a whole number of -1 ms or more.',
    ],
    [
      { 'errors.retry.delay.max.ms': '1s' },
      '`errors.retry.delay.max.ms` is `1s` (c:8), but it must be a whole number of 1 ms or more.',
    ],
    [{ 'errors.log.enable': '' }, '`errors.log.enable` is `` (c:8), but it must be true or false.'],
    [
      { 'errors.deadletterqueue.topic.nam': 'dlq' },
      '`errors.deadletterqueue.topic.nam` (c:8) is not a setting; did you mean `errors.deadletterqueue.topic.name`?',
    ],
  ])('%j', async (connector, problem) => {
    const found = await problemsOf(connectFiles({ connector }));
    expect(found).toEqual(problem === undefined ? [] : [problem]);
  });
});
