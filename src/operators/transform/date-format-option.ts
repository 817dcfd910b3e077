import { SimpleDateFormat } from './simple-date-format.ts';
import { type TransformOptions } from './transform-options.ts';

/** @throws ConfigError for a pattern that is none of SimpleDateFormat's, or has a letter that isn't known here. */
export function readDateFormat(options: TransformOptions, key: string, byDefault: string): SimpleDateFormat {
  const pattern = options.text(key) ?? byDefault;
  try {
    return new SimpleDateFormat(pattern);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw options.invalid(key, error.message, 'Write a pattern of SimpleDateFormat such as `yyyy-MM-dd HH:mm:ss.SSS`');
  }
}
