import { posix } from 'node:path';
import { type Document, withoutCodeBlocks } from './documents.ts';

/** How the check looks at the tree. */
export interface Tree {
  /** Is there a file or folder at this path from the root, or, for a path with `*`, any match? */
  exists(path: string): boolean;
  /** Text of a document, for the headings that a link names. */
  read(path: string): string;
}

const areas = ['contracts', 'packages', 'platform', 'shop', 'test', 'tools', 'docs', 'bench', 'deploy', '.ci'];

/** Finds links and named paths of a document that lead nowhere; `path:line what`. */
export function findBrokenPaths(document: Document, tree: Tree): string[] {
  const problems: string[] = [];
  const lines = withoutCodeBlocks(document.text).split('\n');
  for (const [index, line] of lines.entries()) {
    const place = `${document.path}:${index + 1}`;
    for (const target of linksOf(line)) {
      if (!linkLeadsSomewhere(document.path, target, tree))
        problems.push(`${place} links to ${target}, which does not exist`);
    }
    for (const path of pathsOf(document.path, line)) {
      if (!tree.exists(path)) problems.push(`${place} names ${path}, which does not exist`);
    }
  }
  return problems;
}

function linksOf(line: string): string[] {
  const withoutCode = line.replaceAll(/`[^`]*`/g, '');
  const targets = [...withoutCode.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => match[1] ?? '');
  return targets.filter((target) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

function linkLeadsSomewhere(from: string, target: string, tree: Tree): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : posix.join(posix.dirname(from), decodeURI(path));
  if (!tree.exists(file)) return false;
  return anchor === undefined || !file.endsWith('.md') || anchorsOf(tree.read(file)).has(anchor);
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutCodeBlocks(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

// Inline code that reads as a path of this repository, or of the workspace whose README it stands in.
function pathsOf(documentPath: string, line: string): string[] {
  return [...line.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => {
    const path = code.replace(/:\d+$/, '').replace(/^\.\//, '');
    if (!/^[\w.*/-]+$/.test(path) || !path.includes('/') || path.includes('NNNN')) return [];
    const [first = '', second = ''] = path.split('/');
    // `test/` alone is the word for every workspace's own.
    if (first === 'test' && second === '') return [];
    if (areas.includes(first))
      return isOwnPath(documentPath, first) ? [posix.join(posix.dirname(documentPath), path)] : [path];
    const isLocal =
      ['src', 'migrations', 'proto', 'gen'].includes(first) && posix.basename(documentPath) === 'README.md';
    return isLocal && posix.dirname(documentPath) !== '.' ? [posix.join(posix.dirname(documentPath), path)] : [];
  });
}

// In a workspace's README `test/` is its own folder of tests.
function isOwnPath(documentPath: string, first: string): boolean {
  return first === 'test' && /^(contracts|(packages|platform|shop)\/[^/]+)\/README\.md$/.test(documentPath);
}
