/** The address of a connector within the page. */
export function addressOf(name: string): string {
  return `#/${encodeURIComponent(name)}`;
}

/** The connector of such an address; undefined for any other. */
export function nameIn(address: string): string | undefined {
  if (!address.startsWith('#/')) return undefined;
  try {
    return decodeURIComponent(address.slice(2));
  } catch {
    return undefined;
  }
}
