import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { describeError } from '../core/errors.ts';
import type { ConnectFile } from './connect/entries.ts';
import { connectFromJson, connectFromProperties } from './connect/read-entries.ts';
import { DocumentSyntaxError, type PositionedDocument, parseJson, parseYaml } from './document.ts';
import { type Findings, key } from './findings.ts';
import { isRecord } from './is-record.ts';
import { importModule } from './module-file.ts';
import { PropertiesSyntaxError, type Property, parseProperties } from './properties-file.ts';

/** A pipeline file, read but not yet checked. */
export interface PipelineSource {
  /** As the user named it. */
  readonly file: string;
  readonly value: unknown;
  /** `file:line:column` of a setting; the file alone where nothing more is known. */
  readonly place: (path: readonly PropertyKey[]) => string;
}

export type SourceFile =
  | { readonly door: 'connect'; readonly connect: ConnectFile }
  | { readonly door: 'pipeline'; readonly pipeline: PipelineSource };

const moduleExtensions = new Set(['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']);

/** Reads one file. What it is goes by its content: the product doc has JSON in a file called `sr-sink.properties`. */
export async function readSource(file: string, cwd: string, findings: Findings): Promise<SourceFile | undefined> {
  const path = resolve(cwd, file);
  if (moduleExtensions.has(extname(file))) {
    const value = await exportedSettings(path, file, findings);
    return value === undefined ? undefined : { door: 'pipeline', pipeline: { file, value, place: () => file } };
  }
  const text = await readText(path, file, findings);
  return text === undefined ? undefined : parsed(file, findings, () => parseSource(file, text, findings));
}

/** Reads a YAML or JSON file in which every number keeps its digits. */
export async function readExactDocument(
  file: string,
  cwd: string,
  findings: Findings,
): Promise<PipelineSource | undefined> {
  const text = await readText(resolve(cwd, file), file, findings);
  return text === undefined ? undefined : parsed(file, findings, () => positioned(file, parseYaml(text, 'exact')));
}

async function readText(path: string, file: string, findings: Findings): Promise<string | undefined> {
  let text: string;
  try {
    text = decode(await readFile(path));
  } catch (error) {
    findings.problems.push(`${file} cannot be read: ${readFault(error)}.`);
    return undefined;
  }
  if (text.trim() !== '') return text;
  findings.problems.push(`${file} is empty.`);
  return undefined;
}

/** Mistakes in the syntax become problems. */
function parsed<T>(file: string, findings: Findings, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    findings.problems.push(...syntaxProblems(file, error));
    return undefined;
  }
}

/** The default export of a module, which may be a promise; undefined with a problem when there is none. */
async function exportedSettings(path: string, file: string, findings: Findings): Promise<object | undefined> {
  const module = await importModule(path);
  if (module.exports === undefined) {
    findings.problems.push(`${file} cannot be loaded: ${module.fault}.`);
    return undefined;
  }
  let value: unknown;
  try {
    value = await module.exports['default'];
  } catch (error) {
    findings.problems.push(`${file} cannot be loaded: ${describeError(error)}.`);
    return undefined;
  }
  if (typeof value === 'object' && value !== null) return value;
  findings.problems.push(`${file} must default-export an object with the settings of a pipeline.`);
  return undefined;
}

// Java reads properties as Latin-1; people write UTF-8. Whatever is not UTF-8 can only be the former.
function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

function readFault(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  return code === 'EACCES' ? 'access is denied' : describeError(error);
}

function parseSource(file: string, text: string, findings: Findings): SourceFile | undefined {
  if (text.trimStart().startsWith('{')) {
    const document = parseJson(text);
    for (const { key: name, position } of document.duplicates) {
      findings.warnings.push(
        `${key(name)} (${file}:${position}) stands there for the second time; the last one counts.`,
      );
    }
    if (isConnectJson(document.value)) return { door: 'connect', connect: connectFromJson(file, document, findings) };
    return { door: 'pipeline', pipeline: positioned(file, document) };
  }
  const properties = tryProperties(text);
  if (properties !== undefined && isProperties(properties)) {
    return { door: 'connect', connect: connectFromProperties(file, parseProperties(text), findings) };
  }
  const document = parseYaml(text);
  if (document.value === null || document.value === undefined) {
    findings.problems.push(`${file} is empty but for comments.`);
    return undefined;
  }
  return { door: 'pipeline', pipeline: positioned(file, document) };
}

function tryProperties(text: string): readonly Property[] | undefined {
  try {
    return parseProperties(text);
  } catch (error) {
    // Broken as properties; it is still one of those if its first setting looks like it, and then the mistake is reported.
    return error instanceof PropertiesSyntaxError && /^\s*[\w.-]+\s*=/m.test(text)
      ? [{ key: '', value: '', line: 1, separator: '=' }]
      : undefined;
  }
}

/** YAML and properties overlap (`a: b` is both): the first separator decides, or keys that only Kafka Connect has. */
function isProperties(properties: readonly Property[]): boolean {
  return (
    properties[0]?.separator === '=' ||
    properties.some(({ key: name }) => name === 'bootstrap.servers' || name === 'connector.class')
  );
}

function isConnectJson(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return false;
  if ('kafka' in value || 'starrocks' in value) return false;
  return isRecord(value['config']) || Object.keys(value).some((name) => name.includes('.') || name === 'topics');
}

function positioned(file: string, document: PositionedDocument): PipelineSource {
  return {
    file,
    value: document.value,
    place: (path) => {
      const position = document.position(path);
      return position === undefined ? file : `${file}:${position}`;
    },
  };
}

function syntaxProblems(file: string, error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap((each: unknown) => syntaxProblems(file, each));
  if (error instanceof PropertiesSyntaxError) return [`${file}:${error.line} cannot be read: ${error.message}.`];
  if (!(error instanceof DocumentSyntaxError)) throw error;
  const place = error.position === undefined ? file : `${file}:${error.position}`;
  return [`${place} cannot be read: ${error.message.replace(/\.$/, '')}.`];
}
