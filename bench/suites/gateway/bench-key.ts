/** The API key that loads send to a gateway which asks for one. */
export const benchKey = 'bench-key';
