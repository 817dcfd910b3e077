import { z } from 'zod';

const definition = z.looseObject({ name: z.string(), documentation: z.string() });
const configInfos = z.object({
  configs: z.array(
    z.object({
      definition: definition.nullable(),
      value: z.looseObject({ name: z.string(), value: z.unknown(), errors: z.array(z.string()) }),
    }),
  ),
});

/** Settings that are the connector's own, versions of plugins, and what a plugin that somebody named has of its own. */
const left =
  /^(?:starrocks|sink|value\.(?:compat|time)|record\.columns|delete\.|auto\.|pk\.|bufferflush|connect\.|delivery|dump|consumer\.override)|plugin\.version$|converter\.|^(?:transforms|predicates)\./;

/** What Kafka Connect and ours both describe: the settings of Kafka Connect itself, without the words. */
export function comparableDefinitions(body: unknown): unknown[] {
  return z
    .array(definition)
    .parse(body)
    .flatMap((one) => (left.test(one.name) ? [] : [facts(one)]));
}

/** The same of a validation, with what it says of each value. */
export function comparableValidation(body: unknown): { readonly name: string; readonly errors: readonly string[] }[] {
  return configInfos
    .parse(body)
    .configs.flatMap(({ definition: defined, value: { name, value, errors } }) =>
      left.test(name) ? [] : [{ ...(defined && facts(defined)), name, value, errors }],
    );
}

/** From Kafka Connect 4.3 on, `order` is called `order_in_group`. */
function facts({
  documentation: _words,
  order,
  order_in_group,
  ...others
}: z.infer<typeof definition>): Record<string, unknown> {
  return { ...others, order: order ?? order_in_group };
}
