import { type DescField, ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';

/** What a generated function has to know of a kind of scalar. */
export interface ScalarMethods {
  /** Name of the method of `ByteReader` and `ByteWriter`. */
  readonly name: 'bool' | 'bytes' | 'double' | 'float' | 'string' | `${'' | 's' | 'u'}int${32 | 64}` | FixedName;
  readonly wireType: WireType;
  /** The value of a field that is not set, as source text. */
  readonly zero: string;
  /** Whether the value is a bigint, or text of one. */
  readonly isLong: boolean;
}

type FixedName = `${'' | 's'}fixed${32 | 64}`;

const number = { zero: '0', isLong: false } as const;
const long = { zero: '0n', isLong: true } as const;

const methods: Readonly<Record<ScalarType, ScalarMethods>> = {
  [ScalarType.DOUBLE]: { name: 'double', wireType: WireType.Bit64, ...number },
  [ScalarType.FLOAT]: { name: 'float', wireType: WireType.Bit32, ...number },
  [ScalarType.INT64]: { name: 'int64', wireType: WireType.Varint, ...long },
  [ScalarType.UINT64]: { name: 'uint64', wireType: WireType.Varint, ...long },
  [ScalarType.INT32]: { name: 'int32', wireType: WireType.Varint, ...number },
  [ScalarType.FIXED64]: { name: 'fixed64', wireType: WireType.Bit64, ...long },
  [ScalarType.FIXED32]: { name: 'fixed32', wireType: WireType.Bit32, ...number },
  [ScalarType.BOOL]: { name: 'bool', wireType: WireType.Varint, zero: 'false', isLong: false },
  [ScalarType.STRING]: { name: 'string', wireType: WireType.LengthDelimited, zero: '""', isLong: false },
  [ScalarType.BYTES]: { name: 'bytes', wireType: WireType.LengthDelimited, zero: 'new Uint8Array(0)', isLong: false },
  [ScalarType.UINT32]: { name: 'uint32', wireType: WireType.Varint, ...number },
  [ScalarType.SFIXED32]: { name: 'sfixed32', wireType: WireType.Bit32, ...number },
  [ScalarType.SFIXED64]: { name: 'sfixed64', wireType: WireType.Bit64, ...long },
  [ScalarType.SINT32]: { name: 'sint32', wireType: WireType.Varint, ...number },
  [ScalarType.SINT64]: { name: 'sint64', wireType: WireType.Varint, ...long },
};

/** Gives the methods of a scalar; without one, those of an enum. */
export function scalarMethods(scalar: ScalarType | undefined): ScalarMethods {
  return methods[scalar ?? ScalarType.INT32];
}

/** Whether the values of a field are 64-bit numbers kept as texts. */
export function isLongAsText(field: DescField): boolean {
  return 'longAsString' in field && field.longAsString && scalarMethods(field.scalar).isLong;
}

/** A field's number together with how its value is written. */
export function tagOf(number: number, wireType: WireType): number {
  return ((number << 3) | wireType) >>> 0;
}
