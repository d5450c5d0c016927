export { type BinaryCodec, binaryCodec } from './binary/binary-codec.ts';
