// npm run docs: writes the table of every setting into README.md, from the schema.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../services/support/paths.ts';
import { withSettings } from './docs/settings-section.ts';

// The tools are compiled apart from the product, so it is loaded as it was built.
const built = pathToFileURL(join(projectRoot, 'dist', 'config', 'describe.js'));
const { settingsTable } = (await import(built.href)) as { settingsTable: () => string };

const file = join(projectRoot, 'README.md');
const page = await readFile(file, 'utf8');
await writeFile(file, withSettings(page, settingsTable()));
