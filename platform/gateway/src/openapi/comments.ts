import type { DescEnumValue, DescField, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';

/** Comments of the contracts by full name, as the generator wrote them. */
export type CommentTable = Readonly<Record<string, string>>;

/** Looks up what the contracts say about their parts; empty for parts without a comment. */
export interface Comments {
  of(desc: DescField | DescMessage | DescService | DescMethod): string;
  ofEnumValue(value: DescEnumValue): string;
}

/** Makes the look-up; line breaks inside a paragraph become spaces. */
export function createComments(table: CommentTable): Comments {
  const find = (name: string): string => (Object.hasOwn(table, name) ? unwrap(table[name] ?? '') : '');
  return {
    of(desc) {
      if (desc.kind === 'field' || desc.kind === 'rpc') return find(`${desc.parent.typeName}.${desc.name}`);
      return find(desc.typeName);
    },
    ofEnumValue: (value) => find(`${value.parent.typeName}.${value.name}`),
  };
}

/** Joins the lines of a paragraph; an empty line and the start of a labelled line (`Errors:`) stay breaks. */
function unwrap(comment: string): string {
  return comment.replace(/\n(?!\n|[A-Z][a-z]+:)(?<!\n\n)/g, ' ');
}
