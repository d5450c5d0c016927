import { describe, expect, it } from 'vitest';
import { renderComments, renderServices } from './contract-index.ts';

const file = {
  name: 'lab/v1/lab.proto',
  package: 'lab.v1',
  messageType: [
    {
      name: 'Thing',
      field: [{ name: 'id' }, { name: 'inner' }],
      nestedType: [{ name: 'Inner', field: [{ name: 'count' }] }],
      enumType: [{ name: 'Kind', value: [{ name: 'KIND_UNSPECIFIED' }] }],
    },
  ],
  service: [{ name: 'LabService', method: [{ name: 'GetThing' }] }],
  sourceCodeInfo: {
    location: [
      { path: [4, 0], leadingComments: ' A thing.\n\n With more.\n' },
      { path: [4, 0, 2, 0], leadingComments: ' Its id.\n' },
      { path: [4, 0, 2, 0, 1] },
      { path: [4, 0, 3, 0, 2, 0], leadingComments: ' How many.\n' },
      { path: [4, 0, 4, 0, 2, 0], leadingComments: ' Not stated.\n' },
      { path: [6, 0, 2, 0], leadingComments: ' Returns a thing.\n' },
      { path: [12], leadingComments: ' Copyright.\n' },
    ],
  },
};

describe('renderComments', () => {
  it('gives comments by full name, without those of no declaration', () => {
    expect(JSON.parse(renderComments([file]))).toEqual({
      'lab.v1.LabService.GetThing': 'Returns a thing.',
      'lab.v1.Thing': 'A thing.\n\nWith more.',
      'lab.v1.Thing.Inner.count': 'How many.',
      'lab.v1.Thing.Kind.KIND_UNSPECIFIED': 'Not stated.',
      'lab.v1.Thing.id': 'Its id.',
    });
  });
});

describe('renderServices', () => {
  it('keeps services of one name in two packages apart', () => {
    const text = renderServices([file, { ...file, name: 'lab/v2/lab.proto', package: 'lab.v2' }]);

    expect(text).toContain('import { LabService as lab_v1_LabService } from "./lab/v1/lab_pb.ts";');
    expect(text).toContain('import { LabService as lab_v2_LabService } from "./lab/v2/lab_pb.ts";');
    expect(text).toContain('= [\n  lab_v1_LabService,\n  lab_v2_LabService,\n];');
  });
});
