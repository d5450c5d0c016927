import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type Address, AddressSchema } from '@mainstay/contracts/mainstay/common/v1/address';
import { type User, UserSchema, UserStatus } from '@mainstay/contracts/users/v1/users';
import type { StoredAddress, UserRow } from '../store/tables.ts';

/** An account as others see it. */
export function userMessage(row: UserRow): User {
  const user = create(UserSchema, {
    id: row.id,
    email: row.email,
    firstName: row.first_name,
    lastName: row.last_name,
    status: row.status === 'active' ? UserStatus.ACTIVE : UserStatus.DEACTIVATED,
    roles: row.roles,
    createdAt: timestampFromDate(row.created_at),
    updatedAt: timestampFromDate(row.updated_at),
  });
  if (row.address !== null) {
    const { zip_code, ...rest } = row.address;
    user.address = create(AddressSchema, { ...rest, zipCode: zip_code });
  }
  return user;
}

/** An address as it is stored; undefined when every part is empty. */
export function storedAddress(address: Address | undefined): StoredAddress | undefined {
  if (address === undefined) return undefined;
  const { street, city, state, zipCode, country } = address;
  if (!(street || city || state || zipCode || country)) return undefined;
  return { street, city, state, zip_code: zipCode, country };
}
