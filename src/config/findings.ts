/** What is found while files are read. Everything is gathered, so that a user mends a file in one go. */
export interface Findings {
  readonly problems: string[];
  readonly warnings: string[];
}

export function noFindings(): Findings {
  return { problems: [], warnings: [] };
}

const longest = 100;

/** A value as it may stand in a message: short, on one line, and without a password that someone put into an address. */
export function quote(value: unknown): string {
  const plain = typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? 'nothing');
  const safe = plain.replaceAll(/(^|\/\/|[,\s"])[^\s,/@"]*@/g, '$1***@').replaceAll(/\s+/g, ' ');
  return `\`${safe.length > longest ? `${safe.slice(0, longest)}…` : safe}\``;
}

export function key(name: string): string {
  return `\`${name}\``;
}

/** The setting that a problem is about. Every problem names it first, or in Kafka's words; one that is about no setting names none there. */
export function namedKey(problem: string): string | undefined {
  const words = /^Invalid value [^]*? for configuration (\S+): |^Missing required configuration "([^"]+)"/.exec(
    problem,
  );
  return /^`([^`\s]+)`/.exec(problem)?.[1] ?? words?.[1] ?? words?.[2];
}
