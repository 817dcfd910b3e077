/** Text that is not JSON. `truncated` when it only ends too early. */
export class JsonSyntaxError extends Error {
  readonly truncated: boolean;

  constructor(message: string, truncated = false) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.truncated = truncated;
  }
}

export function truncatedJson(): JsonSyntaxError {
  return new JsonSyntaxError(
    'INCOMPLETE_ARRAY_OR_OBJECT: JSON document ended early in the middle of an object or array.',
    true,
  );
}

export function malformedJson(): JsonSyntaxError {
  return new JsonSyntaxError(
    'TAPE_ERROR: The JSON document has an improper structure: missing or superfluous commas, braces, missing keys, etc.',
  );
}
