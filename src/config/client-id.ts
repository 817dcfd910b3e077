/** What a pipeline's clients of Kafka are called where nobody says otherwise; its tasks add their numbers. */
export function defaultClientId(pipeline: string): string {
  return `tributary-${pipeline}`;
}
