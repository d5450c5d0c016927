import { toJson } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { type RoleGrant, RoleGrantSchema, UsersService } from '@mainstay/contracts/users/v1/users';
import { isPlatformError, PlatformError, systemClock } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import { type Operator, openOperator } from '../operator/operator.ts';
import type { OperatorOptions } from '../operator/operator-options.ts';
import { orDash, printRows, shorten, showTime } from '../output/rows.ts';
import type { Terminal } from '../output/terminal.ts';

const { grantRole, listRoleGrants, revokeRoleGrant } = UsersService.method;
const asProto = { useProtoFieldName: true, alwaysEmitImplicit: true } as const;

/** Options of `mainstay grants list`. */
export interface ListOptions extends OperatorOptions {
  readonly all?: boolean;
  readonly limit: number;
  readonly page?: string;
}

/** Options of `mainstay grants give`. */
export interface GiveOptions extends OperatorOptions {
  readonly customer?: string;
  readonly order?: string;
  readonly role: string;
  /** Milliseconds. */
  readonly for: number;
  readonly reason: string;
}

/** Lists the grants of an account, or of all. */
export async function grantList(
  account: string | undefined,
  options: ListOptions,
  terminal: Terminal,
): Promise<number> {
  const operator = await openOperator(options);
  const { grants, nextPageToken } = await operator.callOwner(listRoleGrants, {
    userId: account ?? '-',
    inForce: options.all !== true,
    pageSize: options.limit,
    pageToken: options.page ?? '',
  });
  if (options.json === true) {
    const shown = grants.map((grant) => toJson(RoleGrantSchema, grant, asProto));
    terminal.line(JSON.stringify({ grants: shown, next_page_token: nextPageToken }, null, 2));
    return 0;
  }
  const rows = grants.map((grant) => [
    grant.id,
    grant.userId,
    grant.role,
    orDash(grant.customerId),
    stateOf(grant),
    showTime(grant.expiresAt),
    grant.grantedBy,
    shorten(grant.reason),
  ]);
  printRows(terminal, rows, {
    head: ['GRANT', 'ACCOUNT', 'ROLE', 'CUSTOMER', 'STATE', 'ENDS', 'BY', 'REASON'],
    none: options.all === true ? 'no role was ever given for a time' : 'no grant is in force; --all lists ended ones',
  });
  if (nextPageToken !== '') terminal.line(`more: --page ${nextPageToken}`);
  return 0;
}

/**
 * Gives an account a role for a time, for a customer or for whose order it is.
 *
 * @throws PlatformError `CLI_USAGE` when neither or both are named, before anything is asked.
 */
export async function grantGive(account: string, options: GiveOptions, terminal: Terminal): Promise<number> {
  if ((options.customer === undefined) === (options.order === undefined)) {
    throw new PlatformError(
      cliReasons.CLI_USAGE,
      'name who is helped, by --customer or by --order; see mainstay --help',
    );
  }
  const operator = await openOperator(options);
  const customerId = options.customer ?? (await customerOf(operator, options.order ?? ''));
  const grant = await acting(async () => {
    const answer = await operator.callOwner(grantRole, {
      userId: account,
      customerId,
      role: options.role,
      reason: options.reason,
      durationSeconds: options.for / 1_000,
    });
    return answer.grant!;
  });
  const done = `${account} has the role ${grant.role} for the customer ${customerId} until ${showTime(grant.expiresAt)}, with its next token`;
  return printGrant(grant, done, { options, terminal });
}

/** Takes a grant back before its time. */
export async function grantRevoke(
  { account, grant: grantId }: { readonly account: string; readonly grant: string },
  options: OperatorOptions,
  terminal: Terminal,
): Promise<number> {
  const operator = await openOperator(options);
  const grant = await acting(
    async () => (await operator.callOwner(revokeRoleGrant, { userId: account, grantId })).grant!,
  );
  return printGrant(grant, `grant ${grantId} is taken back; tokens that have it end within 5 minutes`, {
    options,
    terminal,
  });
}

async function customerOf(operator: Operator, id: string): Promise<string> {
  return (await operator.callOwner(OrdersService.method.getOrder, { id })).order!.userId;
}

/** Says what to look for when a name is wrong. */
async function acting<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    const wayOut = {
      USER_NOT_FOUND: 'accounts are named by their ids, not by e-mail addresses',
      ROLE_GRANT_UNKNOWN: 'list them with `mainstay grants list <account> --all`',
      ROLE_GRANTS_EXHAUSTED: 'list them with `mainstay grants list <account>`',
    }[error.reason];
    if (wayOut === undefined) throw error;
    throw new PlatformError(cliReasons.CLI_NOTHING_FOUND, `${error.rawMessage}; ${wayOut}`, { cause: error });
  }
}

function stateOf({ revokedAt, expiresAt }: RoleGrant): string {
  if (revokedAt !== undefined) return 'taken back';
  return expiresAt !== undefined && timestampMs(expiresAt) > systemClock.nowMs() ? 'in force' : 'ended';
}

function printGrant(
  grant: RoleGrant,
  done: string,
  { options, terminal }: { readonly options: OperatorOptions; readonly terminal: Terminal },
): number {
  terminal.line(options.json === true ? JSON.stringify(toJson(RoleGrantSchema, grant, asProto), null, 2) : done);
  return 0;
}
