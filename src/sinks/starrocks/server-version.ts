/** A StarRocks release; only these three numbers decide what it can do. */
export interface ServerVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads the answer of the HTTP SQL interface to `SELECT current_version()`: lines of JSON, one of them with the data. */
export function readVersionAnswer(status: number, body: string): ServerVersion | undefined {
  if (status !== 200) return undefined;
  const found = /"data"\s*:\s*\[\s*"(\d+)\.(\d+)\.(\d+)/.exec(body);
  if (!found) return undefined;
  const [major = 0, minor = 0, patch = 0] = found.slice(1).map(Number);
  return { major, minor, patch };
}

export function isAtLeast(version: ServerVersion, major: number, minor: number, patch: number): boolean {
  if (version.major !== major) return version.major > major;
  if (version.minor !== minor) return version.minor > minor;
  return version.patch >= patch;
}
