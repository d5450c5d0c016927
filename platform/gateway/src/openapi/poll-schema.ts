import type { JsonSchema } from './json-schema.ts';

/** Describes the answer to one poll of a stream of such messages. */
export function pollSchema(message: JsonSchema): JsonSchema {
  return {
    type: 'object',
    description: 'What came after the last event that the client has; without events when the wait was over first.',
    required: ['events', 'ended'],
    properties: {
      events: {
        type: 'array',
        items: {
          type: 'object',
          required: ['data'],
          properties: { id: { type: 'string', description: 'Where the stream stands after it.' }, data: message },
        },
      },
      last_event_id: { type: 'string', description: 'What the next poll sends as `Last-Event-ID`.' },
      ended: { type: 'boolean', description: 'Whether nothing more will come, so that there is no next poll.' },
    },
  };
}
