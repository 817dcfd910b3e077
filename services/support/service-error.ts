/** A failure that its reader can cure: one sentence that says what is wrong and what to do, shown without a stack. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
}
