import { defineReasons } from '@mainstay/kernel';

/** Every reason the controller can raise. */
export const controllerReasons = defineReasons({
  FLEET_FILE_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The fleet file breaks one or more rules',
    operator: 'Correct the lines named in the message',
  },
  FLEET_ALREADY_RUNNING: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'Another controller owns the data directory',
    operator: 'Stop the fleet with the pid in the message, or use another data directory and port offset',
  },
  FLEET_NOT_RUNNING: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'No controller answers for the data directory',
    operator: 'Start the fleet with `mainstay up`, or name its data directory with `--data`',
  },
  FLEET_PORT_IN_USE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A fixed port of the fleet is taken by something else',
    operator: 'Stop what listens there, or move the fleet with `--port-offset`',
  },
  FLEET_DATA_UNUSABLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The data directory cannot be made or written',
    operator: 'Correct the permissions, free space, or use another directory with `--data`',
  },
  FLEET_START_FAILED: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'never',
    summary: 'A component did not become ready',
    operator: 'Read the log named in the message',
  },
  FLEET_SERVICE_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'The fleet has no component of this name',
    operator: 'Choose one of the names in the message',
  },
  FLEET_CONTROL_REFUSED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The controller cannot do this now, for example because it is stopping',
    operator: 'Look at `mainstay status`',
  },
  CERTIFICATE_AUTHORITY_EXISTS: {
    code: 'already_exists',
    executed: 'no',
    retry: 'never',
    summary: 'The fleet has an authority for certificates already',
    operator:
      'Use it; to begin anew stop the fleet and remove the folder in the message, then every certificate is worthless',
  },
  CERTIFICATE_AUTHORITY_MISSING: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The fleet has no authority that could issue certificates',
    operator: 'Make one with `mainstay certs init`',
  },
  CERTIFICATE_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'No certificate of this name was issued',
    operator: 'Choose one of the names in the message, or issue it with `mainstay certs issue`',
  },
  CERTIFICATE_UNREADABLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A file of the fleet’s certificates is damaged',
    operator: 'Remove the file named in the message and issue the certificate again',
  },
});
