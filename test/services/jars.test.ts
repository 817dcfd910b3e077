import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchJars } from '../../services/support/jars.ts';

let dir: string;
let jarsDir: string;
let pom: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tributary-jars-'));
  jarsDir = join(dir, 'jars');
  pom = join(dir, 'pom.xml');
  await mkdir(join(dir, 'bin'));
  await writeFile(pom, '<project/>');
  vi.stubEnv('PATH', `${join(dir, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

test('jars are fetched once, also when several ask at once, and again when the pom changes', async () => {
  await installMaven('echo jar > "$into/a.jar"');
  const [one, other] = await Promise.all([fetch(), fetch()]);
  expect(other).toBe(one);
  expect(await fetch()).toBe(one);
  expect(await readdir(one)).toEqual(['a.jar']);
  expect(await mavenRuns()).toBe(1);

  await writeFile(pom, '<project><!-- changed --></project>');
  expect(await fetch()).not.toBe(one);
  expect(await mavenRuns()).toBe(2);
});

test('a download that fails leaves nothing behind, and says what Maven said', async () => {
  await installMaven('echo jar > "$into/half.jar"; echo "Could not transfer artifact" >&2; exit 1');
  await expect(fetch()).rejects.toThrow(
    /Downloading Things failed: Maven failed\. It said:\nCould not transfer artifact$/,
  );
  expect(await readdir(jarsDir)).toEqual([]);
});

test('a download that was cut off is repeated, and what it left is removed', async () => {
  // No process has this id: it is above what Linux gives.
  await mkdir(join(jarsDir, 'things-0123456789ab.partial-99999999'), { recursive: true });
  await writeFile(join(jarsDir, 'things.lock'), JSON.stringify({ pid: 99_999_999, startTime: '1' }));
  await installMaven('echo jar > "$into/a.jar"');
  const complete = await fetch();
  expect(await readdir(jarsDir)).toEqual([complete.slice(jarsDir.length + 1)]);
});

test('a missing mvn is one sentence with the cure', async () => {
  vi.stubEnv('PATH', join(dir, 'bin'));
  await expect(fetch()).rejects.toThrow(
    /^Things is downloaded with Maven, and no mvn was found on the PATH: install it .+$/,
  );
});

function fetch(): Promise<string> {
  return fetchJars({ name: 'things', title: 'Things', pom }, () => undefined, jarsDir);
}

/** A stand-in that notes each run and then does the given thing with `$into`, the folder for the jars. */
async function installMaven(script: string): Promise<void> {
  const mvn = join(dir, 'bin', 'mvn');
  const intoFolder = 'for arg; do case $arg in -DoutputDirectory=*) into=${arg#*=};; esac; done';
  await writeFile(mvn, `#!/bin/sh\necho run >> '${join(dir, 'runs')}'\n${intoFolder}\n${script}\n`);
  await chmod(mvn, 0o755);
}

async function mavenRuns(): Promise<number> {
  return (await readFile(join(dir, 'runs'), 'utf8')).trim().split('\n').length;
}
