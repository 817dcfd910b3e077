// npm run docs: writes the tables of every setting into README.md and docs/rest-api.md, from what the code knows of them.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../services/support/paths.ts';
import { withSettings } from './docs/settings-section.ts';

// The tools are compiled apart from the product, so it is loaded as it was built.
const built = pathToFileURL(join(projectRoot, 'dist', 'config', 'describe.js'));
const { settingsTable, restSettingsTable } = (await import(built.href)) as Record<
  'settingsTable' | 'restSettingsTable',
  () => string
>;

for (const [page, table] of [
  ['README.md', settingsTable()],
  ['docs/rest-api.md', restSettingsTable()],
] as const) {
  const file = join(projectRoot, page);
  await writeFile(file, withSettings(await readFile(file, 'utf8'), table));
}
