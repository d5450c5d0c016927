import type { CallEffect, TransactionGuard } from '@mainstay/kernel/context';
import type { Opening, Transaction } from '@mainstay/postgres';
import { claimUnseen } from './store/look.ts';
import type { RecordId } from './store/record-id.ts';

/**
 * The claim of a call whose work has begun before the claim is certain.
 *
 * The claim goes to the server in one trip with the first statement of the work, in front of it, and the statement is not run when it fails. Work that
 * sends none at once is claimed one turn of the event loop later. What the work does by other means than its transaction waits until the claim is certain.
 */
export class EarlyClaim implements CallEffect {
  readonly id: string;
  readonly opening: Opening;

  constructor(tx: Transaction, record: RecordId & { readonly effectId: string }) {
    this.id = record.effectId;
    this.opening = claimUnseen(tx, record);
  }

  get isCertain(): boolean {
    return this.opening.state === 'done';
  }

  certain(): Promise<void> | undefined {
    return this.isCertain ? undefined : this.opening.now();
  }

  guard(): TransactionGuard | undefined {
    return this.isCertain ? undefined : () => this.opening.now();
  }

  /** Has the claim sent one turn of the event loop later, unless the work has sent a statement by now or does so until then. */
  sendSoon(): void {
    if (this.opening.state === 'unsent') setImmediate(() => this.#sendLate());
  }

  #sendLate(): void {
    if (this.opening.state !== 'unsent') return;
    // Whoever needs the claim hears of its failure; the transaction may have ended by now.
    this.opening.now().catch(() => undefined);
  }
}
