import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describeError } from '../core/errors.ts';
import { hideSecrets, type ReadText, type Surroundings } from './config-providers.ts';
import { type Findings, key, noFindings, quote } from './findings.ts';
import { isRecord, type UnknownRecord } from './is-record.ts';
import type { PipelineConfig } from './model.ts';
import { withOperators } from './operator-modules.ts';
import { type Origins, parsePipeline } from './parse-pipeline.ts';
import { isPem, splitPem } from './pem.ts';
import { References } from './references.ts';
import type { PipelineSource } from './source-file.ts';
import { dotted } from './walk.ts';

export interface FileSurroundings {
  /** Where relative paths start. */
  readonly cwd: string;
  readonly env: Surroundings['env'];
}

/** Makes the pipeline of a pipeline file. Without a result there is at least one problem. */
export async function filePipeline(
  source: PipelineSource,
  { cwd, env }: FileSurroundings,
  findings: Findings,
): Promise<PipelineConfig | undefined> {
  const { file, value } = source;
  if (!isRecord(value)) {
    findings.problems.push(
      `${file} must hold the settings of a pipeline, such as ${key('name')}, ${key('kafka')} and ${key('starrocks')}.`,
    );
    return undefined;
  }
  const found = noFindings();
  const readText = (path: string): Promise<string> => readFile(resolve(cwd, dirname(file), path), 'utf8');
  const references = new References(source, { env, readText }, found);
  const resolved = (await references.resolve(value)) as UnknownRecord;
  const written = await withOperators(await withPemFiles(resolved, source, readText, found), source, cwd, found);
  const config = parsePipeline(written, origins(source, references), found);
  hideSecrets(found, references.providers, findings);
  return found.problems.length === 0 ? config : undefined;
}

function origins({ file, place }: PipelineSource, references: References): Origins {
  return {
    find: (path) => {
      const shown = references.textAt(path);
      return { name: dotted(path), place: place(path), whole: true, ...(shown !== undefined && { shown }) };
    },
    name: dotted,
    home: () => file,
  };
}

/** Settings that hold PEM text, or the path of a file with it. */
const pemSettings = [
  ['kafka', 'tls', 'ca'],
  ['kafka', 'tls', 'cert'],
  ['kafka', 'tls', 'key'],
  ['starrocks', 'ca'],
  ['rest', 'tls', 'ca'],
  ['rest', 'tls', 'cert'],
  ['rest', 'tls', 'key'],
  ['key', 'schemaRegistry', 'tls', 'ca'],
  ['key', 'schemaRegistry', 'tls', 'cert'],
  ['key', 'schemaRegistry', 'tls', 'key'],
  ['value', 'schemaRegistry', 'tls', 'ca'],
  ['value', 'schemaRegistry', 'tls', 'cert'],
  ['value', 'schemaRegistry', 'tls', 'key'],
] as const;

/** Puts the text of PEM files in the place of their paths, which are relative to the pipeline file. */
async function withPemFiles(
  value: UnknownRecord,
  source: PipelineSource,
  readText: ReadText,
  findings: Findings,
): Promise<UnknownRecord> {
  let read = value;
  for (const path of pemSettings) {
    const given = path.reduce<unknown>((inner, name) => (isRecord(inner) ? inner[name] : undefined), value);
    if (typeof given !== 'string' || given === '') continue;
    const text = await readPem(given, path.at(-1) === 'key', path.join('.'), source, readText, findings);
    read = replaceAt(read, path, text);
  }
  return read;
}

function replaceAt(value: UnknownRecord, [name = '', ...rest]: readonly string[], text: string): UnknownRecord {
  const inner = value[name];
  return { ...value, [name]: rest.length > 0 && isRecord(inner) ? replaceAt(inner, rest, text) : text };
}

async function readPem(
  given: string,
  wantsKey: boolean,
  name: string,
  { place }: PipelineSource,
  readText: ReadText,
  findings: Findings,
): Promise<string> {
  const where = place(name.split('.'));
  let text = given;
  if (!isPem(given)) {
    try {
      text = await readText(given);
    } catch (error) {
      findings.problems.push(
        `${key(name)} is ${quote(given)} (${where}), but that file cannot be read: ${describeError(error)}.`,
      );
      return given;
    }
  }
  const { certificates, key: privateKey } = splitPem(text);
  const found = wantsKey ? privateKey : certificates;
  if (found === undefined) {
    findings.problems.push(`${key(name)} (${where}) holds no ${wantsKey ? 'private key' : 'certificate'} in PEM form.`);
  }
  return found ?? given;
}
