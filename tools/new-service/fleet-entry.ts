import { isMap, isSeq, parseDocument } from 'yaml';
import type { ServiceNames } from './names.ts';

/**
 * Adds a service to the text of a fleet file, behind its last service, and touches nothing else of it.
 *
 * @returns undefined when the text has no list of processes.
 */
export function addToFleet(text: string, { name }: ServiceNames): string | undefined {
  const processes = parseDocument(text).get('processes');
  if (!isSeq(processes)) return undefined;
  const services = processes.items.filter((item) => isMap(item) && item.get('kind') === 'service');
  const end = endOf(services.at(-1) ?? processes.items.at(-1));
  if (end === undefined) return undefined;
  const indent = /^( *)- name:/m.exec(text)?.[1] ?? '  ';
  const entry = [
    `${indent}- name: ${name}`,
    `${indent}  kind: service`,
    `${indent}  entry: shop/${name}/src/main.ts`,
    `${indent}  definition: shop/${name}/src/service.ts#${name}Service`,
    `${indent}  database: true`,
  ].join('\n');
  const before = text.slice(0, end).trimEnd();
  return `${before}\n\n${entry}\n${text.slice(before.length).replace(/^\n/, '')}`;
}

// The end of a node's own text, before the comments and blank lines that follow it.
function endOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | undefined)?.range?.[1];
}
