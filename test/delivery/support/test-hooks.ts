/** The hooks of one test, so that tests can run side by side. */
export interface TestHooks {
  onTestFinished(end: () => Promise<void>): void;
  onTestFailed(tell: () => void): void;
}
