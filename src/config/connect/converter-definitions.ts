import { CONVERTER_CLASSES, type ConverterClass, type ConverterName } from '../../core/converter-classes.ts';
import { optionNames } from '../converter-options.ts';
import type { ConfigKey } from './config-key.ts';

/** The settings of a converter, as they stand behind `value.converter.`. */
export function converterDefinitions(converter: ConverterClass): ConfigKey[] {
  const names = Object.entries(CONVERTER_CLASSES).flatMap(([name, full]) =>
    full === converter ? optionNames(name as ConverterName) : [],
  );
  const options = [...new Set(names)].map((name) => option(name, 'An option of the converter, by its own name.'));
  if (converter !== CONVERTER_CLASSES.json) return options;
  return [
    {
      ...option('schemas.enable', 'Whether each value comes with its schema.'),
      type: 'BOOLEAN',
      default_value: 'true',
      importance: 'HIGH',
    },
    ...options,
  ];
}

function option(name: string, documentation: string): ConfigKey {
  return {
    name,
    type: 'STRING',
    required: false,
    default_value: null,
    importance: 'MEDIUM',
    documentation,
    group: null,
    width: 'NONE',
    display_name: name,
    dependents: [],
    order: -1,
  };
}
