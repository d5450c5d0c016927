import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { bindService, type ServiceBinding } from '@mainstay/rpc';
import { adjustStock } from './adjust-stock.ts';
import { batchCreateProducts } from './batch-create-products.ts';
import { batchGetProducts } from './batch-get-products.ts';
import { commitStock } from './commit-stock.ts';
import { createProduct } from './create-product.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { getProduct } from './get-product.ts';
import { listCategories } from './list-categories.ts';
import { listProducts } from './list-products.ts';
import { releaseStock } from './release-stock.ts';
import { batchGetReservations, stockTaken } from './reservation-states.ts';
import { reserveStock } from './reserve-stock.ts';
import { restock } from './restock.ts';
import { updateProduct } from './update-product.ts';

/** Binds every method of the contract to its function. */
export function productsBinding(deps: ProductsDependencies): ServiceBinding {
  return bindService(ProductsService, {
    listProducts: (request) => listProducts(deps, request),
    getProduct: (request) => getProduct(deps, request),
    batchGetProducts: (request) => batchGetProducts(deps, request),
    listCategories: () => listCategories(deps),
    createProduct: (request) => createProduct(deps, request),
    batchCreateProducts: (request) => batchCreateProducts(deps, request),
    updateProduct: (request) => updateProduct(deps, request),
    adjustStock: (request) => adjustStock(deps, request),
    reserveStock: (request) => reserveStock(deps, request),
    releaseStock: (request) => releaseStock(deps, request),
    commitStock: (request) => commitStock(deps, request),
    restock: (request) => restock(deps, request),
    batchGetReservations: (request) => batchGetReservations(deps, request),
    listStockTaken: (request) => stockTaken(deps, request),
  });
}
