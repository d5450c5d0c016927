export type { InDoubtPart } from './in-doubt.ts';
export { twoPhaseMigrations } from './migrations.ts';
export { openTwoPhase, type TwoPhase } from './open-two-phase.ts';
export type { TwoPhaseTransaction } from './participant.ts';
export type { Outcome } from './resolution.ts';
export type { TwoPhaseOptions } from './two-phase-options.ts';
