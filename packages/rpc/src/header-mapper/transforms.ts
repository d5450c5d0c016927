import type { HeaderTransform } from './header-rule.ts';

/** A chain of transforms; undefined means that the value is refused. */
export type CompiledTransform = (value: string) => string | undefined;

/** Shows only the first and last characters of a value; one too short for that shows none. */
export function maskValue(value: string, shown = 4): string {
  const characters = [...value];
  if (characters.length < shown * 3) return '***';
  return `${characters.slice(0, shown).join('')}***${characters.slice(-shown).join('')}`;
}

/** Compiles transforms into one function that applies them from left to right. */
export function compileTransforms(transforms: readonly HeaderTransform[]): CompiledTransform {
  const steps = transforms.map(compile);
  return (value) => {
    let current: string | undefined = value;
    for (const step of steps) {
      if (current === undefined) return undefined;
      current = step(current);
    }
    return current;
  };
}

function compile(transform: HeaderTransform): CompiledTransform {
  if (typeof transform === 'function') return transform;
  if (transform === 'trim') return (value) => value.trim();
  if (transform === 'lower') return (value) => value.toLowerCase();
  if (transform === 'upper') return (value) => value.toUpperCase();
  if ('removePrefix' in transform) {
    const prefix = transform.removePrefix;
    return (value) => (value.startsWith(prefix) ? value.slice(prefix.length) : value);
  }
  if ('addPrefix' in transform) return (value) => transform.addPrefix + value;
  if ('addSuffix' in transform) return (value) => value + transform.addSuffix;
  if ('truncate' in transform) return (value) => [...value].slice(0, transform.truncate).join('');
  if ('mask' in transform) return (value) => maskValue(value, transform.mask);
  if ('match' in transform) {
    const pattern = new RegExp(`^(?:${transform.match})$`, 'u');
    return (value) => (pattern.test(value) ? value : undefined);
  }
  const pattern = new RegExp(transform.replace, 'gu');
  return (value) => value.replace(pattern, transform.with);
}
