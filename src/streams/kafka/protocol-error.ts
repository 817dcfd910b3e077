import kafkajs, { type KafkaJSProtocolError as ProtocolError } from 'kafkajs';

const { KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs;

/** The broker's own answer behind what the client makes of it. */
export function protocolError(error: unknown): ProtocolError | undefined {
  if (error instanceof KafkaJSProtocolError) return error;
  if (error instanceof KafkaJSAggregateError)
    return error.errors.map(protocolError).find((found) => found !== undefined);
  return error instanceof Error && error.cause !== undefined ? protocolError(error.cause) : undefined;
}

export function isAuthorization({ type }: ProtocolError): boolean {
  return type.endsWith('_AUTHORIZATION_FAILED');
}
