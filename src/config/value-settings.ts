import { z } from 'zod';
import { CONVERTER_NAMES, type ConverterName } from '../core/converter-classes.ts';
import { isTimeZone } from '../core/time-zone.ts';
import { optionFault } from './converter-options.ts';
import { registrySettings } from './registry-settings.ts';
import { oneOf, setting, text } from './settings.ts';

const options = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'it must be a text, a number or true or false' }),
    { error: 'it must be a list of names and values' },
  )
  .transform((given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value).trim()])));

export const valueSettings = setting(
  z
    .strictObject({
      converter: setting(
        oneOf(CONVERTER_NAMES).default('json'),
        'What the values of records are: `json` is plain JSON, `json-with-schemas` has a schema and a payload in each, the last three name schemas of a registry. In Connect files it is a class, and has to be given.',
        { connect: { key: 'value.converter', scope: 'connector', reader: 'own' } },
      ),
      compatibility: setting(
        oneOf(['exact', 'java']).default('exact'),
        '`exact` keeps every digit and writes dates and times as StarRocks reads them; `java` gives the rows that Kafka Connect and the Java connector give, to the letter.',
        { connect: { key: 'value.compatibility', scope: 'connector', workerDefault: true } },
      ),
      timeZone: setting(
        text('a time zone')
          .refine(isTimeZone, { error: 'it must be a time zone such as `UTC`, `Asia/Shanghai` or `+08:00`' })
          .default('UTC'),
        'Where the clocks of DATETIME columns stand: moments, which come with a zone, are written as these clocks show them.',
        { connect: { key: 'value.time.zone', scope: 'connector', workerDefault: true } },
      ),
      options: setting(
        options.prefault({}),
        "Further settings of the converter, by Kafka Connect's names, such as `replace.null.with.default`.",
        { connect: { key: 'value.converter.*', scope: 'connector', reader: 'own' } },
      ),
      schemaRegistry: registrySettings('value').optional(),
    })
    .superRefine(refuseOptions)
    .prefault({}),
  'How the values of records are read.',
);

export const keySettings = setting(
  z
    .strictObject({
      converter: setting(
        oneOf(CONVERTER_NAMES).default('json'),
        'What the keys of records are. They are read only where a transform or `deletes.tombstones` asks for them.',
        { connect: { key: 'key.converter', scope: 'connector', reader: 'own' } },
      ),
      options: setting(options.prefault({}), "Further settings of the converter, by Kafka Connect's names.", {
        connect: { key: 'key.converter.*', scope: 'connector', reader: 'own' },
      }),
      schemaRegistry: registrySettings('key').optional(),
    })
    .superRefine(refuseOptions)
    .optional(),
  'How the keys of records are read.',
);

function refuseOptions(
  { converter, options: given }: { readonly converter: ConverterName; readonly options: Record<string, string> },
  context: z.core.$RefinementCtx,
): void {
  for (const [name, value] of Object.entries(given)) {
    const message = optionFault(converter, name, value);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['options', name], message });
  }
}
