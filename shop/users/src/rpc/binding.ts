import { UsersService } from '@mainstay/contracts/users/v1/users';
import { bindService, type ServiceBinding } from '@mainstay/rpc';
import { changePassword } from './change-password.ts';
import { createSession } from './create-session.ts';
import { createUser } from './create-user.ts';
import { deactivateUser } from './deactivate-user.ts';
import type { UsersDependencies } from './dependencies.ts';
import { endSession } from './end-session.ts';
import { getKeySet } from './get-key-set.ts';
import { getOrderSummary } from './get-order-summary.ts';
import { getUser } from './get-user.ts';
import { grantRole } from './grant-role.ts';
import { listRoleGrants } from './list-role-grants.ts';
import { refreshSession } from './refresh-session.ts';
import { revokeRoleGrant } from './revoke-role-grant.ts';
import { updateUser } from './update-user.ts';
import { validateUser } from './validate-user.ts';

/** Binds every method of the contract to its function. */
export function usersBinding(deps: UsersDependencies): ServiceBinding {
  return bindService(UsersService, {
    createUser: (request) => createUser(deps, request),
    createSession: (request) => createSession(deps, request),
    refreshSession: (request) => refreshSession(deps, request),
    endSession: (request) => endSession(deps, request),
    getUser: (request) => getUser(deps, request),
    updateUser: (request) => updateUser(deps, request),
    changePassword: (request) => changePassword(deps, request),
    deactivateUser: (request) => deactivateUser(deps, request),
    getOrderSummary: (request) => getOrderSummary(deps, request),
    grantRole: (request) => grantRole(deps, request),
    listRoleGrants: (request) => listRoleGrants(deps, request),
    revokeRoleGrant: (request) => revokeRoleGrant(deps, request),
    validateUser: (request) => validateUser(deps, request),
    getKeySet: () => getKeySet(deps),
  });
}
