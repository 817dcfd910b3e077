import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';
import { onTestFinished } from 'vitest';

const require = createRequire(import.meta.url);

/** Starts a real Chromium for one test: the one that `CHROMIUM` names, or the one that comes with the dependencies. */
export async function startChromium(): Promise<Browser> {
  const named = process.env['CHROMIUM'];
  const browser = await chromium.launch({
    ...(named === undefined ? await unpack() : { executablePath: named }),
    // Tests may run as root, for whom Chromium has no sandbox.
    args: ['--no-sandbox'],
  });
  onTestFinished(() => browser.close());
  return browser;
}

/** The package holds a Chromium for Linux on x64, compressed, with its libraries and fonts. */
async function unpack(): Promise<LaunchOptions> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `There is no Chromium for ${process.platform} on ${process.arch} among the dependencies. Install one, and name its program in the environment variable CHROMIUM.`,
    );
  }
  const packed = join(dirname(require.resolve('@sparticuz/chromium')), '../../bin');
  const dir = await mkdtemp(join(tmpdir(), 'tributary-chromium-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const executablePath = join(dir, 'chromium');
  // The package has a fonts.conf of its own, for another place.
  const fontSettings = join(dir, 'own-fonts.conf');
  await Promise.all([
    decompress(join(packed, 'chromium.br'), executablePath, 0o755),
    extract(join(packed, 'al2023.tar.br'), dir),
    extract(join(packed, 'fonts.tar.br'), dir),
    writeFile(
      fontSettings,
      `<fontconfig><dir>${join(dir, 'fonts')}</dir><cachedir>${join(dir, 'font-cache')}</cachedir></fontconfig>`,
    ),
  ]);
  return {
    executablePath,
    env: { ...process.env, LD_LIBRARY_PATH: join(dir, 'lib'), FONTCONFIG_FILE: fontSettings },
  };
}

async function decompress(file: string, into: string, mode = 0o644): Promise<void> {
  await pipeline(createReadStream(file), createBrotliDecompress(), createWriteStream(into, { mode }));
}

async function extract(file: string, dir: string): Promise<void> {
  const tar = join(dir, basename(file, '.br'));
  await decompress(file, tar);
  await promisify(execFile)('tar', ['-xf', tar, '-C', dir]);
}
