import { decodePercent } from '../transcode/request-target.ts';
import type { TemplateVariable } from './template.ts';

/**
 * Reads the value of a variable out of the encoded segments of a path.
 *
 * One segment is decoded whole, so `%2F` becomes a slash; in a value of several segments it stays as sent.
 */
export function captureVariable(variable: TemplateVariable, rawSegments: readonly string[]): string {
  if (!variable.multiple) return decodePercent(rawSegments[variable.start] ?? '', 'path');
  const captured = rawSegments.slice(variable.start, variable.end);
  return captured.map((raw) => raw.split(/(%2f)/i).map(decodeUnlessSlash).join('')).join('/');
}

function decodeUnlessSlash(part: string): string {
  return /^%2f$/i.test(part) ? part : decodePercent(part, 'path');
}
