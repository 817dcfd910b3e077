/** Tells whoever waits what is going on. */
export type Say = (text: string) => void;

export const sayOnStderr: Say = (text) => {
  const coloured = process.stderr.isTTY && process.env['NO_COLOR'] === undefined;
  process.stderr.write(coloured ? `\x1b[36mservices:\x1b[0m ${text}\n` : `services: ${text}\n`);
};
