import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

/** The examples in a file, TSDoc or Markdown, by names under which they can be compiled. */
function examplesOf(file: string): [name: string, text: string][] {
  const lines = readFileSync(join(root, file), 'utf8').replaceAll(/^ *\* ?/gm, '');
  return Array.from(lines.matchAll(/^```ts\n(.*?)^```$/gms), ([, text = ''], index) => [
    join(root, 'examples', `${file.replaceAll(/\W/g, '-')}-${index}.ts`),
    text,
  ]);
}

const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file));
const examples = new Map([...source, 'README.md', 'docs/operators.md'].flatMap(examplesOf));

it('every example of the public API compiles as strictly as the project itself', { timeout: 120_000 }, () => {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (fault) => {
        throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, '\n'));
      },
    },
  );
  const options = config?.options ?? {};
  const host = ts.createCompilerHost(options);
  host.fileExists = (file) => examples.has(file) || ts.sys.fileExists(file);
  host.readFile = (file) => examples.get(file) ?? ts.sys.readFile(file);
  const program = ts.createProgram([...examples.keys()], options, host);
  const faults = [...examples.keys()].flatMap((name) => {
    const file = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
  expect(faults).toEqual([]);
  expect(examples.size).toBeGreaterThan(5);
});
