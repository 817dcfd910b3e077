/** A request that two workers are asked alike. `{id}` stands for what tells their connectors apart, in paths and bodies. */
export interface WorkerRequest {
  /** What it is about, the same for no other request. */
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As it is sent. */
  readonly body: string | undefined;
  /** Asked again until this stands in the answer: what was asked for before takes its time. */
  readonly until: RegExp | undefined;
}

type Extra = Partial<Pick<WorkerRequest, 'headers' | 'until'>> & { readonly raw?: string; readonly json?: unknown };

const SINK = 'com.starrocks.connector.kafka.StarRocksSinkConnector';
const TYPE_JSON = { 'content-type': 'application/json' };
const VALIDATE = '/connector-plugins/StarRocksSinkConnector/config/validate';
const KAFKA_BODY_LIMIT = 1024 ** 2;

function request(method: string, path: string, title = '', { headers, until, raw, json }: Extra = {}): WorkerRequest {
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  return {
    title: [method, path, title].join(' ').trim(),
    method,
    path,
    headers: headers ?? (body === undefined ? {} : TYPE_JSON),
    body,
    until,
  };
}

const get = (path: string, title?: string, extra?: Extra): WorkerRequest => request('GET', path, title, extra);
const states = (connector: string, task?: string): RegExp =>
  new RegExp(
    `"connector":{"state":"${connector}".*"tasks":\\[${task === undefined ? '\\]' : `{"id":0,"state":"${task}"`}`,
  );
const settled = { PAUSED: /"state":"PAUSED"/, stopped: states('STOPPED'), running: states('RUNNING', 'RUNNING') };
const offset = (topic: string, partition: unknown, position: unknown): unknown => ({
  offsets: [
    {
      partition: { kafka_topic: topic, kafka_partition: partition },
      offset: position === null ? null : { kafka_offset: position },
    },
  ],
});

/**
 * What scripts, clients and people ask of a worker of Kafka Connect, rightly and wrongly, in an order that makes sense.
 *
 * @param config a connector's settings, which load `topic`; its one partition has `rows` records
 */
export function connectRequests(
  config: Readonly<Record<string, string>>,
  { topic, rows }: { readonly topic: string; readonly rows: number },
): WorkerRequest[] {
  const create = (title: string, changes: object, name = 'bad-{id}'): WorkerRequest =>
    request('POST', '/connectors', `with ${title}`, { json: { name, config: { ...config, ...changes } } });
  const post = (title: string, extra: Extra): WorkerRequest => request('POST', '/connectors', `with ${title}`, extra);
  const validate = (title: string, changes: object, path = VALIDATE): WorkerRequest =>
    request('PUT', path, `of ${title}`, { json: { name: 'a-{id}', ...config, ...changes } });
  const a = '/connectors/a-{id}';
  const none = '/connectors/none-{id}';
  const status = (title: string, until: RegExp): WorkerRequest => get(`${a}/status`, title, { until });

  return [
    // Who is there, and how it speaks.
    get('/'),
    get('/', 'for anything', { headers: { accept: '*/*' } }),
    request('HEAD', '/'),
    request('OPTIONS', '/'),
    request('POST', '/', 'which has no such method', { json: {} }),
    get('/health', 'once it is ready', { until: /"healthy"/ }),
    get('/nope'),
    get('/connectors/a/b/c/d'),
    get('/CONNECTORS'),
    get('/connectors'),
    get('/connectors/'),
    get('/connectors?expand=status', 'without connectors'),
    request('HEAD', '/connectors'),
    request('OPTIONS', '/connectors'),
    request('DELETE', '/connectors'),
    request('PUT', '/connectors', 'with a body', { json: {} }),
    request('PATCH', '/connectors', 'with a body', { json: {} }),
    request('TRACE', '/connectors'),
    request('GET', '/connectors', 'with a body', { json: {} }),
    ...[
      'text/html',
      'application/xml',
      'application/json;q=0.5',
      'application/*',
      'text/html, */*;q=0.1',
      'nonsense',
    ].map((accept) => get('/connectors', `for ${accept}`, { headers: { accept } })),

    // Connectors that cannot be made.
    post('no body', {}),
    post('no body, called JSON', { headers: TYPE_JSON }),
    post('an empty body', { raw: '' }),
    post('half an object', { raw: '{"name":"a-{id}"' }),
    post('a word', { raw: 'connector' }),
    post('a list', { raw: '[]' }),
    post('null', { raw: 'null' }),
    post('a text', { raw: '"a"' }),
    post('a number', { raw: '5' }),
    post('text called text', { raw: '{}', headers: { 'content-type': 'text/plain' } }),
    post('text called nothing', { raw: '{}', headers: {} }),
    post('a form', { raw: 'name=a', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    post('an empty object', { json: {} }),
    post('no configuration', { json: { name: 'bad-{id}' } }),
    post('null for its configuration', { json: { name: 'bad-{id}', config: null } }),
    post('a list for its configuration', { json: { name: 'bad-{id}', config: [] } }),
    post('a text for its configuration', { json: { name: 'bad-{id}', config: 'x' } }),
    post('an empty configuration', { json: { name: 'bad-{id}', config: {} } }),
    post('an unknown field', { json: { name: 'bad-{id}', config, more: 1 } }),
    post('an unknown initial state', { json: { name: 'bad-{id}', config, initial_state: 'RUNING' } }),
    post('a number for its initial state', { json: { name: 'bad-{id}', config, initial_state: 1 } }),
    post('two objects', { raw: '{"name":"bad-{id}","config":{}} {}' }),
    post('a comment', { raw: '/* a */ {"name":"bad-{id}","config":{}}' }),
    post('a number for its name', { json: { name: 5, config: {} } }),
    post('an object for its name', { json: { name: {}, config: {} } }),
    create('an object for a value', { topics: { a: 1 } }),
    create('a list for a value', { topics: ['a'] }),
    create('null for a value', { topics: null }),
    create('another name in its configuration', { name: 'other' }),
    create('no class', { 'connector.class': undefined }),
    create('an empty class', { 'connector.class': '' }),
    create('an unknown class', { 'connector.class': 'com.example.Missing' }),
    create('no topics', { topics: undefined }),
    create('an empty list of topics', { topics: '' }),
    create('topics and an expression', { 'topics.regex': 'a.*' }),
    create('a broken expression', { topics: undefined, 'topics.regex': '[' }),
    create('a word for its tasks', { 'tasks.max': 'many' }),
    create('no tasks', { 'tasks.max': '0' }),
    create('more tasks than can be counted', { 'tasks.max': '99999999999' }),
    create('an unknown converter', { 'value.converter': 'com.example.Missing' }),
    create('an unknown transformation', { transforms: 't', 'transforms.t.type': 'com.example.Missing' }),
    create('a transformation without a type', { transforms: 't' }),
    create('a transformation twice', {
      transforms: 't,t',
      'transforms.t.type': 'org.apache.kafka.connect.transforms.Filter',
    }),
    create('an unknown predicate', { predicates: 'p', 'predicates.p.type': 'com.example.Missing' }),
    create('an unknown tolerance', { 'errors.tolerance': 'some' }),
    create('an unknown reload action', { 'config.action.reload': 'wait' }),
    create('a word for a switch', { 'errors.log.enable': 'maybe' }),
    create('dead letters into its own topic', { 'errors.deadletterqueue.topic.name': topic }),
    create('no name', {}, ''),
    create('a line break in its name', {}, 'bad\n{id}'),
    post(`${KAFKA_BODY_LIMIT} bytes of garbage`, { raw: 'x'.repeat(KAFKA_BODY_LIMIT) }),
    post('2 MiB of a setting', {
      json: { name: 'bad-{id}', config: { 'connector.class': 'com.example.Missing', a: 'x'.repeat(2 * 1024 ** 2) } },
    }),
    get('/connectors', 'after what could not be made'),

    // One that can.
    create('all that it needs', {}, 'a-{id}'),
    create('a name that is taken', {}, 'a-{id}'),
    create('a name that is taken, and mistakes', { 'tasks.max': 'many' }, 'a-{id}'),
    status('until it runs', states('RUNNING', 'RUNNING')),
    get('/connectors', 'with one'),
    get(a),
    request('HEAD', a),
    request('OPTIONS', a),
    request('PUT', a, 'which has no such method', { json: {} }),
    get(`${a}/`),
    get(`${a}/config`),
    get(`${a}/config/`),
    get(`${a}/tasks`),
    get(`${a}/tasks-config`),
    ...['0', '1', '-1', 'x', '0x0', '1.5', '99999999999'].map((task) => get(`${a}/tasks/${task}/status`)),
    get(`${a}/tasks/0`),
    get(`${a}/topics`, 'once records came', { until: new RegExp(topic) }),
    request('PUT', `${a}/topics/reset`),
    get(`${a}/topics`, 'after their reset', { until: /\[\]/ }),
    ...['status', 'info', 'nope', '', 'STATUS', 'status,info', 'status&expand=info', 'info&expand=nope'].map((expand) =>
      get(`/connectors?expand=${expand}`),
    ),
    get('/connectors?expand'),
    get('/connectors?other=1'),
    ...['', '/config', '/status', '/tasks', '/tasks/0/status', '/topics', '/offsets'].map((path) => get(none + path)),

    // Its configuration.
    request('PUT', `${a}/config`, 'as it is', { json: config }),
    request('PUT', `${a}/config`, 'with its name', { json: { ...config, name: 'a-{id}' } }),
    request('PUT', `${a}/config`, 'with another name', { json: { ...config, name: 'b' } }),
    request('PUT', `${a}/config`, 'with numbers and switches', {
      json: { ...config, 'tasks.max': 1, 'errors.log.enable': true },
    }),
    request('PUT', `${a}/config`, 'with null', { json: { ...config, 'errors.log.enable': null } }),
    request('PUT', `${a}/config`, 'with a mistake', { json: { ...config, 'tasks.max': '0' } }),
    request('PUT', `${a}/config`, 'empty', { json: {} }),
    request('PUT', `${a}/config`, 'without a body'),
    request('PUT', `${a}/config`, 'with an empty body', { raw: '' }),
    request('PUT', `${a}/config`, 'with half an object', { raw: '{' }),
    request('PUT', `${a}/config`, 'with a list', { json: [] }),
    request('PUT', `${a}/config`, 'with a list for a value', { json: { ...config, topics: ['a'] } }),
    request('PUT', `${a}/config`, 'called text', { raw: '{}', headers: { 'content-type': 'text/plain' } }),
    get(`${a}/config`, 'after changes'),
    request('PATCH', `${a}/config`, 'changing one setting', { json: { 'errors.tolerance': 'all' } }),
    request('PATCH', `${a}/config`, 'taking one away', { json: { 'errors.log.enable': null } }),
    request('PATCH', `${a}/config`, 'changing nothing', { json: {} }),
    request('PATCH', `${a}/config`, 'with a mistake', { json: { 'tasks.max': 'many' } }),
    request('PATCH', `${a}/config`, 'taking its class away', { json: { 'connector.class': null } }),
    request('PATCH', `${a}/config`, 'without a body'),
    request('PATCH', `${a}/config`, 'with a list', { json: [] }),
    request('PATCH', `${none}/config`, 'of none', { json: {} }),
    request('POST', `${a}/config`, 'which has no such method', { json: {} }),
    request('DELETE', `${a}/config`),
    get(`${a}/config`, 'after patches'),
    status('after patches', states('RUNNING', 'RUNNING')),

    // Names.
    request('PUT', '/connectors/x%20%C3%A9%3F-{id}/config', 'with a name of all kinds', { json: config }),
    get('/connectors/x%20%C3%A9%3F-{id}', '', { until: /"task":0/ }),
    get('/connectors', 'with two'),
    request('DELETE', '/connectors/x%20%C3%A9%3F-{id}'),
    get('/connectors', 'with one again', { until: /^\["[^,]*"\]$/ }),
    request('PUT', '/connectors/x%2Fy-{id}/config', 'with a slash in the name', { json: config }),
    request('DELETE', '/connectors/x%2Fy-{id}', 'with a slash in the name'),
    create('spaces around its name', {}, '  s-{id}  '),
    get('/connectors/s-{id}/status', 'until it runs', { until: states('RUNNING', 'RUNNING') }),
    request('DELETE', '/connectors/s-{id}'),
    ...[
      '/connectors/%zz',
      '/connectors/%00',
      '/connectors/..',
      '/connectors/../admin/loggers/x',
      '/connectors/%2e%2e/config',
      '/connectors/..%2f..%2fetc%2fpasswd',
      '/connectors/..%5cadmin',
      '//connectors',
      '/connectors//config',
      '/./connectors',
      '/connectors;a=1',
      `/connectors/a-{id};x=1/config`,
      '/connectors/%',
      '/connectors/+',
      '/connectors/__proto__',
      '/connectors/constructor/status',
      '/connectors/a?x=%zz',
      '/connectors/<script>',
    ].map((path) => get(path)),
    get(`/connectors/${'x'.repeat(1_000)}`, ''),
    get(`/connectors/${'x'.repeat(5_000)}`, ''),
    get(`/connectors/${'x'.repeat(20_000)}`, ''),

    // What it is to do.
    request('PUT', `${a}/pause`),
    status('once it is paused', states('PAUSED', 'PAUSED')),
    request('PUT', `${a}/pause`, 'once more'),
    request('POST', `${a}/restart`, 'while it is paused'),
    request('PUT', `${a}/resume`, 'with a body', { json: {} }),
    status('once it is resumed', states('RUNNING', 'RUNNING')),
    request('PUT', `${a}/resume`, 'once more'),
    request('POST', `${a}/restart`),
    request('POST', `${a}/restart?includeTasks=true`),
    status('after its restart', states('RUNNING', 'RUNNING')),
    request('POST', `${a}/restart?onlyFailed=true`),
    request('POST', `${a}/restart?includeTasks=true&onlyFailed=true`),
    request('POST', `${a}/restart?includeTasks=maybe`),
    request('POST', `${a}/restart?includeTasks=TRUE`),
    status('after its other restart', states('RUNNING', 'RUNNING')),
    request('GET', `${a}/restart`),
    request('POST', `${a}/tasks/0/restart`),
    request('POST', `${a}/tasks/7/restart`),
    request('POST', `${a}/tasks/x/restart`),
    request('GET', `${a}/pause`),
    request('POST', `${a}/pause`),
    status('after the restart of its task', states('RUNNING', 'RUNNING')),
    ...['pause', 'resume', 'stop'].map((verb) => request('PUT', `${none}/${verb}`)),
    request('POST', `${none}/restart`),
    request('POST', `${none}/restart?includeTasks=true`),
    request('POST', `${none}/tasks/0/restart`),
    request('PUT', `${none}/topics/reset`),

    // Its offsets.
    get(`${a}/offsets`, 'once all is read', { until: new RegExp(`"kafka_offset":${rows}}`) }),
    request('PATCH', `${a}/offsets`, 'while it runs', { json: offset(topic, 0, 0) }),
    request('DELETE', `${a}/offsets`, 'while it runs'),
    request('PUT', `${a}/stop`),
    status('once it is stopped', states('STOPPED')),
    request('PUT', `${a}/stop`, 'once more'),
    get(a, 'while it is stopped'),
    get(`${a}/tasks`, 'while it is stopped'),
    get(`${a}/tasks/0/status`, 'while it is stopped'),
    request('POST', `${a}/tasks/0/restart`, 'while it is stopped', { until: /"error_code":40[49]/ }),
    request('POST', `${a}/restart?includeTasks=true`, 'while it is stopped'),
    status('still stopped', states('STOPPED')),
    request('PATCH', `${a}/offsets`, 'of a partition', { json: offset(topic, 0, 1) }),
    get(`${a}/offsets`, 'after one was set'),
    request('PATCH', `${a}/offsets`, 'as texts', { json: offset(topic, '0', '2') }),
    request('PATCH', `${a}/offsets`, 'past the end', { json: offset(topic, 0, 1_000_000) }),
    request('PATCH', `${a}/offsets`, 'of no partition', { json: offset(topic, 99, 1) }),
    request('PATCH', `${a}/offsets`, 'of no topic', { json: offset('nowhere-{id}', 0, 1) }),
    request('PATCH', `${a}/offsets`, 'below 0', { json: offset(topic, 0, -1) }),
    request('PATCH', `${a}/offsets`, 'of partition -1', { json: offset(topic, -1, 1) }),
    request('PATCH', `${a}/offsets`, 'with a word for the partition', { json: offset(topic, 'x', 1) }),
    request('PATCH', `${a}/offsets`, 'with a word for the offset', { json: offset(topic, 0, 'x') }),
    request('PATCH', `${a}/offsets`, 'with a fraction', { json: offset(topic, 0, 1.5) }),
    request('PATCH', `${a}/offsets`, 'beyond a long', { json: offset(topic, 0, '99999999999999999999') }),
    request('PATCH', `${a}/offsets`, 'without a partition', { json: { offsets: [{ offset: { kafka_offset: 1 } }] } }),
    request('PATCH', `${a}/offsets`, 'without a topic', {
      json: { offsets: [{ partition: { kafka_partition: 0 }, offset: null }] },
    }),
    request('PATCH', `${a}/offsets`, 'with null for the topic', {
      json: { offsets: [{ partition: { kafka_topic: null, kafka_partition: 0 }, offset: null }] },
    }),
    request('PATCH', `${a}/offsets`, 'with null for the partition', {
      json: { offsets: [{ partition: { kafka_topic: topic, kafka_partition: null }, offset: null }] },
    }),
    request('PATCH', `${a}/offsets`, 'without an offset', {
      json: { offsets: [{ partition: { kafka_topic: topic, kafka_partition: 0 } }] },
    }),
    request('PATCH', `${a}/offsets`, 'with an empty offset', {
      json: { offsets: [{ partition: { kafka_topic: topic, kafka_partition: 0 }, offset: {} }] },
    }),
    request('PATCH', `${a}/offsets`, 'with null for the offset', {
      json: { offsets: [{ partition: { kafka_topic: topic, kafka_partition: 0 }, offset: { kafka_offset: null } }] },
    }),
    request('PATCH', `${a}/offsets`, 'with one key too many', {
      json: {
        offsets: [
          { partition: { kafka_topic: topic, kafka_partition: 0, more: 1 }, offset: { kafka_offset: 1, more: 2 } },
        ],
      },
    }),
    request('PATCH', `${a}/offsets`, 'twice for a partition', {
      json: {
        offsets: [1, 2].map((position) => ({
          partition: { kafka_topic: topic, kafka_partition: 0 },
          offset: { kafka_offset: position },
        })),
      },
    }),
    request('PATCH', `${a}/offsets`, 'without any', { json: { offsets: [] } }),
    request('PATCH', `${a}/offsets`, 'with an empty object', { json: {} }),
    request('PATCH', `${a}/offsets`, 'with an unknown field', { json: { offsets: [], more: 1 } }),
    request('PATCH', `${a}/offsets`, 'with an object for the list', { json: { offsets: {} } }),
    request('PATCH', `${a}/offsets`, 'with a list of numbers', { json: { offsets: [1] } }),
    request('PATCH', `${a}/offsets`, 'with null in the list', { json: { offsets: [null] } }),
    request('PATCH', `${a}/offsets`, 'without a body'),
    request('PATCH', `${none}/offsets`, 'of none', { json: offset(topic, 0, 1) }),
    request('PATCH', `${a}/offsets`, 'that is taken away', { json: offset(topic, 0, null) }),
    get(`${a}/offsets`, 'after one was taken away'),
    request('DELETE', `${a}/offsets`),
    request('DELETE', `${a}/offsets`, 'once more'),
    request('DELETE', `${none}/offsets`),
    get(`${a}/offsets`, 'after all were forgotten'),

    // Connectors that are made to wait.
    ...(['PAUSED', 'stopped', 'running'] as const).flatMap((state) => [
      post(`initial state ${state}`, { json: { name: 'w-{id}', config, initial_state: state } }),
      get('/connectors/w-{id}/status', `with initial state ${state}`, { until: settled[state] }),
      request('DELETE', '/connectors/w-{id}', `with initial state ${state}`),
      get('/connectors/w-{id}', `with initial state ${state}, deleted`, { until: /404/ }),
    ]),
    post('initial state null', { json: { name: 'w-{id}', config, initial_state: null } }),
    request('DELETE', '/connectors/w-{id}'),

    // Plugins.
    get('/connector-plugins'),
    get('/connector-plugins/'),
    get('/connector-plugins?connectorsOnly=false'),
    get('/connector-plugins?connectorsOnly=maybe'),
    ...[SINK, 'StarRocksSinkConnector', 'StarRocksSink', 'JsonConverter', 'nope'].map((plugin) =>
      get(`/connector-plugins/${plugin}/config`),
    ),
    get('/connector-plugins/StarRocksSinkConnector'),
    request('POST', '/connector-plugins', 'which has no such method', { json: {} }),
    validate('all that it needs', {}),
    validate('a class by its whole name', {}, `/connector-plugins/${SINK}/config/validate`),
    validate('a class by its short name', {}, '/connector-plugins/StarRocksSink/config/validate'),
    validate('a short class', { 'connector.class': 'StarRocksSink' }),
    validate('mistakes', {
      'tasks.max': 'many',
      'errors.tolerance': 'some',
      transforms: 't',
      'transforms.t.type': 'com.example.Missing',
      'errors.log.enable': 'maybe',
      'config.action.reload': 'wait',
      'errors.deadletterqueue.topic.replication.factor': '99999',
    }),
    validate('no topics', { topics: undefined }),
    validate('topics and an expression', { 'topics.regex': 'a.*' }),
    validate('no name', { name: undefined }),
    validate('an empty name', { name: '' }),
    validate('null for a value', { 'tasks.max': null }),
    validate('numbers without a sense', { 'errors.retry.timeout': '-2', 'errors.retry.delay.max.ms': '0' }),
    validate('no class', { 'connector.class': undefined }),
    validate('another class', { 'connector.class': 'com.example.Other' }),
    validate('an unknown class', { 'connector.class': 'nope' }, '/connector-plugins/nope/config/validate'),
    request('PUT', VALIDATE, 'of an empty object', { json: {} }),
    request('PUT', VALIDATE, 'without a body'),
    request('PUT', VALIDATE, 'of a list', { json: [] }),
    request('PUT', VALIDATE, 'of half an object', { raw: '{' }),
    request('POST', VALIDATE, 'which has no such method', { json: {} }),

    // Levels of loggers.
    get('/admin/loggers'),
    get('/admin/loggers/'),
    get('/admin/loggers/root'),
    get('/admin/loggers/com.example.nothing'),
    request('PUT', '/admin/loggers/org.example', 'to DEBUG', { json: { level: 'DEBUG' } }),
    request('PUT', '/admin/loggers/org.example', 'to debug', { json: { level: 'debug' } }),
    request('PUT', '/admin/loggers/org.example?scope=worker', 'to INFO', { json: { level: 'INFO' } }),
    request('PUT', '/admin/loggers/org.example?scope=cluster', 'to INFO', { json: { level: 'INFO' } }),
    request('PUT', '/admin/loggers/org.example?scope=CLUSTER', 'to WARN', { json: { level: 'WARN' } }),
    get('/admin/loggers/org.example', 'once all workers were told', { until: /"WARN"/ }),
    request('PUT', '/admin/loggers/org.example?scope=all', 'to INFO', { json: { level: 'INFO' } }),
    request('PUT', '/admin/loggers/org.example', 'to a word', { json: { level: 'LOUD' } }),
    request('PUT', '/admin/loggers/org.example?scope=cluster', 'to a word', { json: { level: 'LOUD' } }),
    request('PUT', '/admin/loggers/org.example', 'to a number', { json: { level: 5 } }),
    request('PUT', '/admin/loggers/org.example', 'to null', { json: { level: null } }),
    request('PUT', '/admin/loggers/org.example', 'to nothing', { json: {} }),
    request('PUT', '/admin/loggers/org.example', 'with a list', { json: [] }),
    request('PUT', '/admin/loggers/org.example', 'without a body'),
    request('DELETE', '/admin/loggers/org.example'),
    get('/admin'),

    // The end.
    request('PUT', `${a}/resume`, 'after its offsets were forgotten'),
    status('at the end', states('RUNNING', 'RUNNING')),
    request('PATCH', `${a}/config`, 'with another name', { json: { name: 'b' } }),
    request('DELETE', a),
    get(a, 'once it is deleted', { until: /404/ }),
    request('DELETE', a, 'once more'),
    get(`${a}/status`, 'once it is deleted', { until: /404/ }),
    request('DELETE', none),
    get('/connectors', 'at the end'),
  ];
}
