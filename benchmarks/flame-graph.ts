import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpuProfile } from './profile.ts';

/** A page with the flame graph of a profile: speedscope with everything that it needs in one file. */
export async function flameGraphPage(title: string, profile: CpuProfile): Promise<string> {
  const dir = join(dirname(fileURLToPath(import.meta.resolve('speedscope/package.json'))), 'dist', 'release');
  const files = await readdir(dir);
  const read = async (pattern: RegExp): Promise<string> => {
    const name = files.find((file) => pattern.test(file));
    if (name === undefined) throw new Error(`speedscope has no file like ${String(pattern)} in ${dir}.`);
    return readFile(join(dir, name), 'utf8');
  };
  const style = await read(/^speedscope-.*\.css$/);
  const program = await read(/^speedscope-.*\.js$/);
  // As speedscope's own command line hands it a file.
  const data = Buffer.from(JSON.stringify(profile)).toString('base64');
  const name = JSON.stringify(`${title}.cpuprofile`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<script>location.hash = 'view=left-heavy&localProfilePath=in-this-page';</script>
<script>${program}</script>
<script>speedscope.loadFileFromBase64(${name}, '${data}');</script>
</body>
</html>
`;
}
