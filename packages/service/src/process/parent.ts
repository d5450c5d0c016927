/** What this process tells the one that started it, when that one listens (an IPC channel). */
export type ParentMessage =
  | {
      /** Sent again by a process whose parts are replaced while it runs, with the addresses that hold from then on. */
      readonly type: 'mainstay.ready';
      /** Id of the first service. */
      readonly instanceId: string;
      readonly services: readonly string[];
      readonly grpcAddress: string | undefined;
      readonly managementUrl: string;
      /** URL of the first service that has a listener of its own. */
      readonly address: string | undefined;
    }
  | { readonly type: 'mainstay.failed'; readonly message: string };

/** Sends a message to the parent; resolves when it is sent, or at once when there is no parent or it is gone. */
export function tellParent(message: ParentMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
