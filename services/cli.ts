import { down, endpointsOf, up } from './detached.ts';
import type { Part } from './part.ts';
import { partNamed, parts } from './parts.ts';
import type { Say } from './support/say.ts';
import { UsageError } from './support/service-error.ts';

export interface Output {
  /** Standard output: only what was asked for. */
  readonly print: (text: string) => void;
  /** Standard error: what is going on. */
  readonly say: Say;
}

/** Carries out one command line. */
export async function runCommandLine(args: readonly string[], output: Output): Promise<void> {
  const [command, ...rest] = args;
  if (command === undefined || args.includes('--help') || args.includes('-h')) {
    output.print(help());
    return;
  }
  switch (command) {
    case 'up':
      return startPart(rest, output);
    case 'down':
      return stopParts(namedParts(rest), output);
    case 'status':
      return printStatus(namedParts(rest), output);
    default:
      throw new UsageError(`There is no command "${command}". Known commands: up, down, status.`);
  }
}

async function startPart([name, ...options]: readonly string[], { print, say }: Output): Promise<void> {
  if (name === undefined || name.startsWith('-')) {
    throw new UsageError(`Say which part to start, as in: up ${parts[0]?.name ?? 'PART'}.`);
  }
  const part = partNamed(name);
  print(JSON.stringify({ [name]: await up(plan(part, options), say) }));
}

function plan(part: Part, options: readonly string[]): ReturnType<Part['plan']> {
  try {
    return part.plan(options);
  } catch (error) {
    // parseArgs names the option in a TypeError.
    if (error instanceof TypeError) throw new UsageError(`${part.name}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function stopParts(selected: readonly Part[], { say }: Output): Promise<void> {
  for (const { name } of selected) say((await down(name)) ? `${name} is down` : `${name} was not up`);
}

async function printStatus(selected: readonly Part[], { print }: Output): Promise<void> {
  const all = selected.map(async ({ name }) => [name, (await endpointsOf(name)) ?? null] as const);
  print(JSON.stringify(Object.fromEntries(await Promise.all(all))));
}

/** All of them when none is named. */
function namedParts(names: readonly string[]): readonly Part[] {
  return names.length === 0 ? parts : names.map(partNamed);
}

function help(): string {
  const options = parts.map(({ name, summary, help: lines }) => {
    return `${name}: ${summary}\n${lines.replaceAll(/^/gm, '  ')}`;
  });
  return `Starts the real systems that Tributary is run, tested and measured against.

  npm run services -- up PART [OPTIONS]     starts a part that stays up, waits until it answers,
                                            and prints its endpoints as one JSON object
  npm run services -- down [PART...]        ends what \`up\` started, and removes its data
  npm run services -- status [PART...]      prints the endpoints of what is up, null for what isn't

\`up\` when the part is up already prints the same endpoints. For scripts: npm run --silent services -- up …

Parts and their options:

${options.join('\n\n')}
`;
}
