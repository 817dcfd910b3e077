// Makes a clean clone ready to run: installs the locked dependencies and compiles, each only when something changed.
// Plain JavaScript without imports from npm, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const stamp = join(modules, '.tributary-lock');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Tributary needs Node.js 20.19 or newer, and this is ${process.versions.node}. Install a newer Node.js and try again.`,
  );
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(process.versions.modules)
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  say('installing dependencies (npm ci)');
  run(
    'npm',
    ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
    'Installing the dependencies failed; the lines above say why.',
  );
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lock);
}

run(
  process.execPath,
  [join(modules, 'typescript', 'bin', 'tsc'), '-b', 'tsconfig.build.json', 'tsconfig.tools.json'],
  'Compiling failed; the lines above say where.',
);
// tsc has just written this file anew if any source has changed, but for those of the page that browsers get.
const page = 'src/control/dashboard/page';
const sources = [
  'dist/types/.tsbuildinfo',
  'rolldown.config.js',
  stamp,
  ...readdirSync(join(root, page)).map((file) => join(page, file)),
];
if (Math.min(timeOf('dist/main.js'), timeOf('dist/dashboard/page.js')) < Math.max(...sources.map(timeOf))) {
  run(
    process.execPath,
    [join(modules, 'rolldown', 'bin', 'cli.mjs'), '-c'],
    'Bundling failed; the lines above say where.',
    // What it wrote interests nobody.
    'ignore',
  );
}

/** When a file was written, in milliseconds since the epoch; 0 when it isn't there. */
function timeOf(file) {
  return statSync(resolve(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function run(command, args, message, stdout = 2) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', stdout, 2] });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(message);
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
