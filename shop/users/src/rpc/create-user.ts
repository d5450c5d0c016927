import { create } from '@bufbuild/protobuf';
import {
  type CreateUserRequest,
  type CreateUserResponse,
  CreateUserResponseSchema,
} from '@mainstay/contracts/users/v1/users';
import { uuidv7 } from '@mainstay/kernel';
import { normalizeEmail } from '../domain/email.ts';
import { insertUser } from '../store/users-store.ts';
import type { UsersDependencies } from './dependencies.ts';
import { emailTakenOr } from './email-taken.ts';
import { rejectBadPassword } from './reject-password.ts';
import { storedAddress, userMessage } from './user-message.ts';

/** Registers an account; the unique constraint, not a look before, decides who of two is first. */
export async function createUser(deps: UsersDependencies, request: CreateUserRequest): Promise<CreateUserResponse> {
  const email = normalizeEmail(request.email);
  rejectBadPassword(request.password, email, 'password');
  const address = storedAddress(request.address);
  const passwordHash = await deps.passwords.hash(request.password);
  try {
    const row = await insertUser(deps.database.kysely, {
      id: uuidv7(deps.clock),
      email,
      password_hash: passwordHash,
      first_name: request.firstName,
      last_name: request.lastName,
      address: address === undefined ? null : JSON.stringify(address),
    });
    return create(CreateUserResponseSchema, { user: userMessage(row) });
  } catch (error) {
    throw emailTakenOr(error);
  }
}
