/** A sentence for the person who runs the demo, and what the failing part had to say. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
  readonly details: string;

  constructor(message: string, details = '', options?: ErrorOptions) {
    super(message, options);
    this.details = details;
  }
}
