import type { KeptAnswers } from '../cache/kept-answers.ts';
import type { ClearReads } from '../clear-reads/clear-reads.ts';
import type { ServiceClients } from '../protection/service-clients.ts';
import type { VersionRouting } from '../splits/version-routing.ts';

/** How services are called, and what goes with a call. */
export interface ServiceCaller extends ServiceClients {
  readonly versions: VersionRouting;
  /** Undefined when none is kept. */
  readonly answers: KeptAnswers | undefined;
  /** Records who is shown personal data by a role. */
  readonly clearReads: ClearReads;
}
