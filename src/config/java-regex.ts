export { topicPattern, topicPatternFault } from '../core/java-regex.ts';
