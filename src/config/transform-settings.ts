import { z } from 'zod';
import { setting } from './settings.ts';

/** Whether a key of a connector is about its transforms. */
export function isTransformKey(name: string): boolean {
  return /^(?:transforms|predicates)(?:$|\.)/.test(name);
}

/** Whether there are any: as in Kafka Connect, what `transforms` does not list is not there. */
export function listsTransforms({ transforms = '' }: Readonly<Record<string, string>>): boolean {
  return transforms.split(',').some((alias) => alias.trim() !== '');
}

const option = z.union(
  [
    z.string(),
    z.number().transform(String),
    z.boolean().transform(String),
    z.array(z.union([z.string(), z.number(), z.boolean()])).transform((items) => items.join(',')),
  ],
  { error: 'it must be a text, a number, true or false, or a list of them' },
);

export const connectTransforms = setting(
  z
    .record(z.string(), option, { error: 'it must be a list of keys and their values' })
    .superRefine((given, context) => {
      for (const name of Object.keys(given)) {
        if (isTransformKey(name)) continue;
        context.addIssue({
          code: 'custom',
          path: [name],
          message: 'only `transforms`, `predicates` and keys that begin with one of them and a dot can stand here',
        });
      }
    })
    .default({}),
  "Kafka Connect's transforms, which records pass before those of `transforms`: the keys `transforms`, `transforms.*`, `predicates` and `predicates.*` of a connector as they are. A list may be written as one.",
  { connect: { key: 'transforms', scope: 'connector', reader: 'own' }, rangeText: 'key: value' },
);
