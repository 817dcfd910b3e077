// npm run docs: writes the tables of every setting into README.md and docs/rest-api.md, from what the code knows of them.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'rolldown';
import { projectRoot } from '../services/support/paths.ts';
import { withSettings } from './docs/settings-section.ts';

// The tools are compiled apart from the product, and dist/ has no file of its own for this part of it.
const built = join(projectRoot, 'dist-tools', 'docs', 'describe.js');
await build({
  input: join(projectRoot, 'src', 'config', 'describe.ts'),
  platform: 'node',
  output: { file: built, format: 'esm' },
});
const { settingsTable, restSettingsTable } = (await import(pathToFileURL(built).href)) as Record<
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
