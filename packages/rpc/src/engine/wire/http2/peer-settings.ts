import { errorCode } from '../../faults/error-code.ts';
import { defaultWindowBytes, maxMaxFrameBytes, maxWindowBytes, minMaxFrameBytes, setting } from '../frames/frame.ts';
import type { Frame } from '../frames/frame-reader.ts';

/** What a peer told of itself; the defaults hold until its first SETTINGS. */
export interface PeerSettings {
  headerTableBytes: number;
  maxConcurrentStreams: number;
  initialWindowBytes: number;
  maxFrameBytes: number;
  maxHeaderListBytes: number;
}

/**
 * Streams that a peer is assumed to take until it says otherwise (RFC 9113 section 6.5.2 sets no limit and asks peers
 * for at least 100).
 */
const assumedConcurrentStreams = 100;

/** Settings of a peer that has said nothing yet. */
export function initialPeerSettings(maxConcurrentStreams: number = assumedConcurrentStreams): PeerSettings {
  return {
    headerTableBytes: 4_096,
    maxConcurrentStreams,
    initialWindowBytes: defaultWindowBytes,
    maxFrameBytes: minMaxFrameBytes,
    maxHeaderListBytes: Number.POSITIVE_INFINITY,
  };
}

/**
 * Takes the payload of a SETTINGS frame over, in order (RFC 9113 section 6.5).
 *
 * @returns the error code when a value is out of its range, else undefined.
 */
export function readSettings(
  frame: Frame,
  into: PeerSettings,
  from: { readonly isServer: boolean },
): number | undefined {
  for (let at = frame.from; at < frame.to; at += 6) {
    const value = frame.buffer.readUInt32BE(at + 2);
    switch (frame.buffer.readUInt16BE(at)) {
      case setting.headerTableSize:
        into.headerTableBytes = value;
        break;
      case setting.enablePush:
        if (value > (from.isServer ? 0 : 1)) return errorCode.protocolError;
        break;
      case setting.maxConcurrentStreams:
        into.maxConcurrentStreams = value;
        break;
      case setting.initialWindowSize:
        if (value > maxWindowBytes) return errorCode.flowControlError;
        into.initialWindowBytes = value;
        break;
      case setting.maxFrameSize:
        if (value < minMaxFrameBytes || value > maxMaxFrameBytes) return errorCode.protocolError;
        into.maxFrameBytes = value;
        break;
      case setting.maxHeaderListSize:
        into.maxHeaderListBytes = value;
        break;
      default:
      // Unknown parameters are ignored (RFC 9113 section 6.5.2).
    }
  }
  return undefined;
}
