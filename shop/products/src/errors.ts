import { defineReasons } from '@mainstay/kernel';

/** Reasons that the products service can raise. */
export const productsReasons = defineReasons({
  PRODUCT_NOT_FOUND: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'There is no such product, or it is off sale',
    operator: 'Nothing',
  },
  RESERVATION_CLOSED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The hold of this order was released, or its sale undone, before the call',
    operator: 'Nothing; a late call of an order that has ended is refused',
  },
  RESERVATION_COMMITTED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The stock of this order is sold; it can be restocked, not released',
    operator: 'Nothing, unless the saga of the order is stuck',
  },
  RESERVATION_NOT_FOUND: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'No stock was ever held for this order',
    operator: 'Look at the saga of the order: it committed before it reserved',
  },
  RESERVATION_STOCK_GONE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The hold had expired and the stock was sold to others in the meantime',
    operator: 'Look why the order took longer than the hold lasts',
  },
  SKU_TAKEN: {
    code: 'already_exists',
    executed: 'no',
    retry: 'never',
    summary: 'Another product has this stock keeping unit',
    operator: 'Nothing',
  },
  STOCK_OUT_OF_RANGE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The change would leave less on hand than is reserved, or more than 1,000,000,000 pieces',
    operator: 'Nothing',
  },
});
