import { PlatformError } from '@mainstay/kernel';
import { productsReasons } from '../errors.ts';

/** The error of a product that does not exist, or that the caller may not see. */
export function productNotFound(id: string): PlatformError {
  return new PlatformError(productsReasons.PRODUCT_NOT_FOUND, `product ${JSON.stringify(id)} was not found`, {
    metadata: { product_id: id },
  });
}
