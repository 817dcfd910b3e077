/** Milliseconds between two signs of life of a task's thread. */
export const BEAT_MS = 250;
