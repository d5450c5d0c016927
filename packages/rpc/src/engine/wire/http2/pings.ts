/** Payload of the ping whose answer says that the peer knows of a drain. */
export const drainPing: Buffer = Buffer.from('mainstay', 'latin1');
/** Payload of the ping that asks for a sign of life. */
export const keepalivePing: Buffer = Buffer.from('alive?!?', 'latin1');
