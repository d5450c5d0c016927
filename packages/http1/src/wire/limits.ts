/** Lines in a head; more are no honest request, and each costs an entry in a table. */
export const maxFieldCount = 100;
/** Empty lines before a request; some clients send one after a body (RFC 9112 section 2.2). */
export const maxBlankLines = 4;
/** Bytes of chunk extensions, and of trailer fields, in a whole body; both are read and dropped. */
export const maxChunkExtrasBytes = 8_192;
/** Bytes of a body or of further requests that wait for whoever takes them; with more the client is not read. */
export const maxHeldBytes = 65_536;
/** A piece of a body that is smaller than this is copied to its neighbours, else each would cost an object of its own. */
export const smallPartBytes = 1_024;
/** What is handed to the socket at once; a client must take each such piece within the time for a stalled write. */
export const pieceBytes = 262_144;
/** How long a client may take nothing while an answer waits for it. */
export const writeStallMs = 60_000;
/** After the last answer the connection is read on for so long and so much, so that no reset overtakes the answer. */
export const lingerMs = 5_000;
export const lingerBytes = 1_048_576;
/** How often limits of time are looked at; each is kept to this much. */
export const sweepMs = 1_000;
