/**
 * What each JVM gets: these live for seconds or minutes, so that compiling less and collecting with one thread halves
 * what their start costs, and on a laptop that many of them share it costs no speed worth having.
 */
export const JVM_OPTIONS: readonly string[] = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'];
