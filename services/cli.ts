import { DetachedParts } from './detached-parts.ts';
import type { Endpoints, Part } from './part.ts';
import { partNamed, parts } from './parts.ts';
import type { Say } from './support/say.ts';
import { UsageError } from './support/service-error.ts';

export interface Surroundings {
  /** Standard output: only what was asked for. */
  readonly print: (text: string) => void;
  /** Standard error: what is going on. */
  readonly say: Say;
  /** Where parts that run keep their state and data. */
  readonly dir: string;
}

/** Carries out one command line. */
export async function runCommandLine(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const [command, ...rest] = args;
  if (command === undefined || args.includes('--help') || args.includes('-h')) {
    surroundings.print(help());
    return;
  }
  const detached = new DetachedParts(surroundings);
  switch (command) {
    case 'up':
      return startParts(rest, detached, surroundings);
    case 'down':
      return stopParts(namedParts(rest), detached, surroundings);
    case 'status':
      return printStatus(namedParts(rest), detached, surroundings);
    default:
      throw new UsageError(`There is no command "${command}". Known commands: up, down, status.`);
  }
}

type Command<T> = (subject: T, detached: DetachedParts, surroundings: Surroundings) => Promise<void>;

const startParts: Command<readonly string[]> = async (args, detached, { print }) => {
  const firstOption = args.findIndex((arg) => arg.startsWith('-'));
  const names = firstOption === -1 ? args : args.slice(0, firstOption);
  const options = args.slice(names.length);
  if (names.length === 0) throw new UsageError(`Say which part to start, as in: up ${parts[0]?.name ?? 'PART'}.`);
  if (names.length > 1 && options.length > 0) {
    throw new UsageError(`Options are for one part, and there are ${names.join(', ')}: start each by itself.`);
  }
  const endpoints: Record<string, Endpoints> = {};
  for (const part of names.map(partNamed)) endpoints[part.name] = await detached.up(plan(part, options));
  print(JSON.stringify(endpoints));
};

const stopParts: Command<readonly Part[]> = async (selected, detached, { say }) => {
  for (const { name } of selected) say((await detached.down(name)) ? `${name} is down` : `${name} was not up`);
};

const printStatus: Command<readonly Part[]> = async (selected, detached, { print }) => {
  const all = selected.map(async ({ name }) => [name, (await detached.endpointsOf(name)) ?? null] as const);
  print(JSON.stringify(Object.fromEntries(await Promise.all(all))));
};

function plan(part: Part, options: readonly string[]): ReturnType<Part['plan']> {
  try {
    return part.plan(options);
  } catch (error) {
    // parseArgs names the option in a TypeError.
    if (error instanceof TypeError) throw new UsageError(`${part.name}: ${error.message}`, { cause: error });
    throw error;
  }
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
                                            and prints its endpoints as one JSON object;
                                            several parts without options: one after the other
  npm run services -- down [PART...]        ends what \`up\` started, and removes its data
  npm run services -- status [PART...]      prints the endpoints of what is up, null for what isn't

\`up\` when the part is up already prints the same endpoints. For scripts: npm run --silent services -- up …
State and data are kept in .cache/services, or where TRIBUTARY_SERVICES_DIR points.

Parts and their options:

${options.join('\n\n')}
`;
}
