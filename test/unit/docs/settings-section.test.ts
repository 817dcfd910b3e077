import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withSettings } from '../../../scripts/docs/settings-section.ts';
import { restSettingsTable, settingsTable } from '../../../src/config/describe.ts';

test('the table of settings in README.md is what the schema says; npm run docs writes it', async () => {
  const page = await readFile('README.md', 'utf8');
  expect(page).toBe(withSettings(page, settingsTable()));
});

test('the table of the REST API in docs/rest-api.md is what the code reads; npm run docs writes it', async () => {
  const page = await readFile('docs/rest-api.md', 'utf8');
  expect(page).toBe(withSettings(page, restSettingsTable()));
});

test('only what is between the markers is replaced, and replacing it again changes nothing', () => {
  const page = 'before\n<!-- settings:start -->\nold\n<!-- settings:end -->\nafter\n';
  const written = withSettings(page, '| new |');
  expect(written).toBe('before\n<!-- settings:start -->\n\n| new |\n\n<!-- settings:end -->\nafter\n');
  expect(withSettings(written, '| new |')).toBe(written);
});

test.each(['no markers', '<!-- settings:end --> <!-- settings:start -->'])(
  'a page without them is refused: %s',
  (page) => {
    expect(() => withSettings(page, '')).toThrow('The page has no');
  },
);
