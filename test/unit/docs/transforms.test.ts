import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PREDICATE_CLASSES, TRANSFORM_CLASSES } from '../../../src/operators/transform/create-transform.ts';

const page = readFileSync(new URL('../../../docs/transforms.md', import.meta.url), 'utf8');

/** The classes of the first table, by their full names. */
function listed(): string[] {
  const rows = Array.from(page.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| `([\w.]+)` \| (.*)\|$/gm));
  return rows.flatMap(([, names = '', prefix = '', rest = '']) =>
    Array.from(names.matchAll(/\w+/g), ([name]) => `${prefix}.${name}`).flatMap((full) =>
      rest.includes('$Key') ? [`${full}$Key`, `${full}$Value`] : [full],
    ),
  );
}

it('docs/transforms.md lists every transform and predicate, and no other', () => {
  expect(listed().sort()).toEqual([...TRANSFORM_CLASSES, ...PREDICATE_CLASSES].sort());
});

it('docs/transforms.md names tests that are there', () => {
  const named = Array.from(page.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g));
  expect(named).toHaveLength(3);
  for (const [, name = '', file = ''] of named) expect(readFileSync(file, 'utf8')).toContain(name);
});
