import type { DescField, DescMessage } from '@bufbuild/protobuf';

/** Where the parts of a request message come from, as the HTTP rule of its method says. */
export interface RequestShape {
  readonly input: DescMessage;
  /** Fields bound by the path, by the name they have in the template. */
  readonly pathFields: ReadonlyMap<string, readonly DescField[]>;
  /** The whole message (`*`), one field of it, or nothing comes from the body. */
  readonly body: 'none' | 'whole' | DescField;
  /** True when the body is bytes of any media type (`google.api.HttpBody`) and not JSON. */
  readonly isRaw: boolean;
  /** The field that says what changes, when absent it is filled with what stands in the body; undefined unless `PATCH`. */
  readonly mask: DescField | undefined;
}
