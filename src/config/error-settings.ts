import { z } from 'zod';
import { topicName } from './kafka-settings.ts';
import { type ConnectKey, flag, oneOf, setting, wholeNumber } from './settings.ts';

const noLimit = Number.MAX_SAFE_INTEGER;
const int16 = 32_767;

const connector = (key: string): { connect: ConnectKey } => ({ connect: { key, scope: 'connector' } });

const logSettings = setting(
  z
    .strictObject({
      enable: setting(
        flag().default(false),
        'Log each record that cannot be decoded, transformed or loaded.',
        connector('errors.log.enable'),
      ),
      includeMessages: setting(
        flag().default(false),
        "Say in that line where the record stood. Keys, values and headers are never logged, but an error's own text can quote the beginning of a value.",
        connector('errors.log.include.messages'),
      ),
    })
    .prefault({}),
  'What is logged of bad records.',
);

const deadLetterTopicSettings = setting(
  z.strictObject({
    name: setting(
      topicName,
      "Topic that bad records are written to, as they were read. It is on the same brokers, reached with the consumer's settings, and created with one partition if it is missing.",
      { ...connector('errors.deadletterqueue.topic.name'), defaultText: 'no dead letters' },
    ),
    replicationFactor: setting(
      wholeNumber(-1, int16)
        .refine((factor) => factor !== 0, { error: 'it must be -1, or 1 or more' })
        .default(3),
      "Replicas of that topic where it is created; -1 for the brokers' own default.",
      { ...connector('errors.deadletterqueue.topic.replication.factor'), rangeText: `-1, or from 1 to ${int16}` },
    ),
    contextHeaders: setting(
      flag().default(false),
      "Add Kafka Connect's `__connect.errors.*` headers, which say what failed and why.",
      connector('errors.deadletterqueue.context.headers.enable'),
    ),
  }),
  'Where bad records go.',
);

export const errorSettings = setting(
  z
    .strictObject({
      tolerance: setting(
        oneOf(['none', 'all']).default('none'),
        'What a record that cannot be decoded, transformed or loaded does: with `none` it stops the loads of its table, with `all` it is left out.',
        connector('errors.tolerance'),
      ),
      retryTimeoutMs: setting(
        wholeNumber(-1, noLimit, 'ms').default(0),
        'How long a schema registry that does not answer is asked again, before the records that wait for it count as bad. 0 and -1 are for ever: that it is down says nothing about the records.',
        connector('errors.retry.timeout'),
      ),
      retryDelayMaxMs: setting(
        wholeNumber(1, noLimit, 'ms').default(60_000),
        'Longest pause between two such attempts.',
        connector('errors.retry.delay.max.ms'),
      ),
      log: logSettings,
      deadLetterTopic: deadLetterTopicSettings.optional(),
    })
    .prefault({}),
  'Records that cannot be loaded.',
);
