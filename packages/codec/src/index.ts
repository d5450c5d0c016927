export { type BinaryCodec, binaryCodec } from './binary/binary-codec.ts';
export { type JsonWriter, jsonWriter } from './json/json-writer.ts';
export { type MessageMaker, messageMaker } from './make/message-maker.ts';
