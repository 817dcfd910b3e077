/** Registers a schema and returns what stands before each of its values: a zero and its id. */
export async function registeredHead(
  url: string,
  schemaType: string,
  schema: string,
  subject: string,
): Promise<Buffer> {
  const answer = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schemaType, schema }),
    signal: AbortSignal.timeout(20_000),
  });
  if (!answer.ok) throw new Error(`The registry refuses ${subject}: ${await answer.text()}`);
  const { id } = (await answer.json()) as { readonly id: number };
  const bytes = Buffer.alloc(5);
  bytes.writeInt32BE(id, 1);
  return bytes;
}
