/** A text as SQL has it. */
export function quotedText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** The name of a column, a table or a database as SQL has it, whatever characters are in it. */
export function quotedName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
