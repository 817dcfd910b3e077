/** A failure that its reader can cure: one sentence that says what is wrong and what to do, shown without a stack. */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError';
}

/** The command line itself is wrong. */
export class UsageError extends ServiceError {
  override readonly name = 'UsageError';
}
