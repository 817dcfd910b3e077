import type { ConfigKey, Definition, ValueLimits } from './config-key.ts';

type Facts = Pick<ConfigKey, 'type' | 'importance' | 'group' | 'width' | 'order'> & {
  readonly fallback?: string;
  readonly required?: true;
  readonly display: string;
  readonly limits?: ValueLimits;
};

const common = (order: number, display: string): Pick<Facts, 'group' | 'order' | 'display'> => ({
  group: 'Common',
  order,
  display,
});
const errors = (order: number, display: string): Pick<Facts, 'group' | 'order' | 'display' | 'importance'> => ({
  group: 'Error Handling',
  order,
  display,
  importance: 'MEDIUM',
});

/**
 * The settings that Kafka Connect itself adds to every sink, in its order and with its types, groups and names, so that
 * pages that are made from them look alike. It has more for versions of plugins, of which there is only one here.
 */
const framework: readonly (readonly [name: string, documentation: string, facts: Facts])[] = [
  [
    'name',
    'Name of the connector, which no other one of the worker has.',
    { ...common(1, 'Connector name'), type: 'STRING', importance: 'HIGH', width: 'MEDIUM', required: true },
  ],
  [
    'connector.class',
    'Class of the connector, or the last part of its name, with or without `Connector`.',
    { ...common(2, 'Connector class'), type: 'STRING', importance: 'HIGH', width: 'LONG', required: true },
  ],
  [
    'tasks.max',
    'Most tasks that the connector may have.',
    {
      ...common(4, 'Tasks max'),
      type: 'INT',
      importance: 'HIGH',
      width: 'SHORT',
      fallback: '1',
      limits: { min: 1 },
    },
  ],
  [
    'tasks.max.enforce',
    'Has no effect: there are never more tasks than `tasks.max`.',
    { ...common(5, 'Enforce tasks max'), type: 'BOOLEAN', importance: 'LOW', width: 'SHORT', fallback: 'true' },
  ],
  [
    'key.converter',
    'How keys were written. They are not loaded.',
    { ...common(6, 'Key converter class'), type: 'CLASS', importance: 'LOW', width: 'SHORT' },
  ],
  [
    'value.converter',
    "How values were written. Without it, the worker's counts.",
    { ...common(8, 'Value converter class'), type: 'CLASS', importance: 'LOW', width: 'SHORT' },
  ],
  [
    'header.converter',
    'How headers were written. They are not loaded.',
    { ...common(10, 'Header converter class'), type: 'CLASS', importance: 'LOW', width: 'SHORT' },
  ],
  [
    'transforms',
    'Names of the transformations that records pass.',
    {
      type: 'LIST',
      importance: 'LOW',
      group: 'Transforms',
      width: 'LONG',
      order: 12,
      display: 'Transforms',
      fallback: '',
    },
  ],
  [
    'predicates',
    'Names of the predicates that transformations use.',
    {
      type: 'LIST',
      importance: 'LOW',
      group: 'Predicates',
      width: 'LONG',
      order: 13,
      display: 'Predicates',
      fallback: '',
    },
  ],
  [
    'config.action.reload',
    'What is done when a value of a config provider changes.',
    {
      ...common(14, 'Reload Action'),
      type: 'STRING',
      importance: 'LOW',
      width: 'MEDIUM',
      fallback: 'restart',
      limits: { oneOf: ['none', 'restart'] },
    },
  ],
  [
    'errors.retry.timeout',
    'Milliseconds that a failed conversion is tried again; -1 for ever.',
    {
      ...errors(1, 'Retry Timeout for Errors'),
      type: 'LONG',
      width: 'MEDIUM',
      fallback: '0',
      limits: { min: -1 },
    },
  ],
  [
    'errors.retry.delay.max.ms',
    'Longest pause between two such attempts, in milliseconds.',
    {
      ...errors(2, 'Maximum Delay Between Retries for Errors'),
      type: 'LONG',
      width: 'MEDIUM',
      fallback: '60000',
      limits: { min: 1 },
    },
  ],
  [
    'errors.tolerance',
    'What a record that cannot be loaded does: with `none` it stops the loads of its table, with `all` it is left out.',
    {
      ...errors(3, 'Error Tolerance'),
      type: 'STRING',
      width: 'SHORT',
      fallback: 'none',
      limits: { oneOf: ['none', 'all'] },
    },
  ],
  [
    'errors.log.enable',
    'Whether each record that cannot be loaded is logged.',
    { ...errors(4, 'Log Errors'), type: 'BOOLEAN', width: 'SHORT', fallback: 'false' },
  ],
  [
    'errors.log.include.messages',
    'Whether that line says where the record stood.',
    { ...errors(5, 'Log Error Details'), type: 'BOOLEAN', width: 'SHORT', fallback: 'false' },
  ],
  [
    'topics',
    'Topics to load. Either this or `topics.regex`.',
    { ...common(4, 'Topics'), type: 'LIST', importance: 'HIGH', width: 'LONG', fallback: '' },
  ],
  [
    'topics.regex',
    'Regular expression that a topic has to match as a whole.',
    { ...common(4, 'Topics regex'), type: 'STRING', importance: 'HIGH', width: 'LONG', fallback: '' },
  ],
  [
    'errors.deadletterqueue.topic.name',
    'Topic that bad records are written to; none without it.',
    { ...errors(6, 'Dead Letter Queue Topic Name'), type: 'STRING', width: 'MEDIUM', fallback: '' },
  ],
  [
    'errors.deadletterqueue.topic.replication.factor',
    'Replicas of that topic where it is created.',
    {
      ...errors(7, 'Dead Letter Queue Topic Replication Factor'),
      type: 'SHORT',
      width: 'MEDIUM',
      fallback: '3',
    },
  ],
  [
    'errors.deadletterqueue.context.headers.enable',
    "Whether Kafka Connect's `__connect.errors.*` headers are added.",
    { ...errors(8, 'Enable Error Context Headers'), type: 'BOOLEAN', width: 'MEDIUM', fallback: 'false' },
  ],
];

export const frameworkDefinitions: readonly Definition[] = framework.map(
  ([name, documentation, { fallback, required, display, limits = {}, ...facts }]) => ({
    key: {
      name,
      type: facts.type,
      required: required ?? false,
      default_value: fallback ?? null,
      importance: facts.importance,
      documentation,
      group: facts.group,
      width: facts.width,
      display_name: display,
      dependents: [],
      order: facts.order,
    },
    limits,
  }),
);
