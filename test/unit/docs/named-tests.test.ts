import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const docs = new URL('../../../docs/', import.meta.url);

/** What a page says about tests: the text of a link is the name of a test in the file that it leads to. */
function namedTests(page: string): { readonly name: string; readonly file: string }[] {
  const text = readFileSync(new URL(page, docs), 'utf8');
  return Array.from(text.matchAll(/\[([^\]]+)\]\((\.\.\/test\/[^)]+)\)/g), ([, name = '', file = '']) => ({
    name,
    file,
  }));
}

describe.each([
  ['delivery.md', 10],
  ['migration.md', 8],
  ['schema-evolution.md', 3],
])('docs/%s', (page, most) => {
  const named = namedTests(page);

  it('names tests', () => {
    expect(named.length).toBeGreaterThan(most);
  });

  it.each(named)('names a test that is there: $name', ({ name, file }) => {
    expect(readFileSync(new URL(file, docs), 'utf8')).toContain(name);
  });
});
