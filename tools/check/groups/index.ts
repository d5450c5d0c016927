import type { Group } from '../group.ts';
import { generatedGroup } from './generated-group.ts';
import { layersGroup } from './layers-group.ts';
import { lintGroup } from './lint-group.ts';
import { formatGroup, typesGroup, unusedGroup } from './static-groups.ts';
import { docsGroup, e2eGroup, integrationGroup, unitGroup } from './test-groups.ts';

/** Every group in the order it runs: fast and telling first. */
export const groups: readonly Group[] = [
  formatGroup,
  lintGroup,
  layersGroup,
  typesGroup,
  generatedGroup,
  unusedGroup,
  unitGroup,
  integrationGroup,
  docsGroup,
  e2eGroup,
];
