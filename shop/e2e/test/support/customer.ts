import { randomUUID } from 'node:crypto';
import type { Answer, Api, Call } from './api.ts';

export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly price: { readonly currency_code: string; readonly minor_units: string };
  readonly stock_quantity: number;
  readonly available_quantity: number;
  readonly reserved_quantity: number;
}

export interface Order {
  readonly id: string;
  readonly status: string;
  readonly payment_id: string;
  readonly cancel_reason: string;
  readonly total: { readonly currency_code: string; readonly minor_units: string };
  readonly history: readonly { readonly to: string; readonly at: string; readonly reason: string }[];
}

/** An order's answer: the order, or the problem that names it. */
export type OrderAnswer = Answer<Order & { readonly order_id?: string; readonly reason?: string }>;

export const address = { street: '1 Main St', city: 'Springfield', state: 'IL', zip_code: '62701', country: 'US' };

/** Somebody who is signed in. */
export interface Person {
  readonly token: string;
  readonly userId: string;
  readonly api: Api;
  get<T = Record<string, unknown>>(path: string): Promise<Answer<T>>;
  post<T = Record<string, unknown>>(path: string, body: unknown, key?: string): Promise<Answer<T>>;
  /** Orders pieces of one product; the key is new unless given. */
  order(
    productId: string,
    quantity: number,
    options?: { token?: string; key?: string; prefer?: string; patient?: boolean },
  ): Promise<OrderAnswer>;
  /** Reads an order again and again until its saga has ended; fails after 60 s. */
  settled(orderId: string): Promise<Order>;
}

/** Registers somebody new and signs them in. */
export async function signUp(api: Api): Promise<Person> {
  const email = `${randomUUID()}@e2e.test`;
  const password = 'correct horse battery';
  const made = await api.call('POST', '/v1/users', {
    body: { email, password, first_name: 'End', last_name: 'Toend' },
  });
  if (made.status !== 201) throw new Error(`sign-up: ${made.status} ${made.text}`);
  return await signIn(api, email, password);
}

/** Signs somebody in, and again whenever the access token has run out, as a client that knows the password does. */
export async function signIn(api: Api, email: string, password: string): Promise<Person> {
  const open = async (): Promise<Session> => {
    const session = await api.call<Session>('POST', '/v1/sessions', { body: { email, password } });
    if (session.status !== 201) throw new Error(`sign-in: ${session.status} ${session.text}`);
    return session.body;
  };
  let session = await open();
  const call = async <T>(method: string, path: string, options: Call = {}): Promise<Answer<T>> => {
    const answer = await api.call<T>(method, path, { ...options, token: session.access_token });
    if (answer.status !== 401 || (answer.body as { reason?: string }).reason !== 'TOKEN_EXPIRED') return answer;
    session = await open();
    return await api.call<T>(method, path, { ...options, token: session.access_token });
  };
  return {
    get token() {
      return session.access_token;
    },
    userId: session.user.id,
    api,
    get: (path) => call('GET', path),
    post: (path, body, key) => call('POST', path, { body, ...(key !== undefined && { key }) }),
    order: (productId, quantity, options = {}) =>
      call('POST', '/v1/orders', {
        key: options.key ?? randomUUID(),
        patient: options.patient ?? false,
        ...(options.prefer !== undefined && { headers: { prefer: options.prefer } }),
        body: {
          items: [{ product_id: productId, quantity }],
          shipping_address: address,
          payment_method: { token: options.token ?? 'tok_visa' },
        },
      }),
    async settled(orderId) {
      const limit = Date.now() + 60_000;
      for (;;) {
        const { status, body, text } = await call<Order>('GET', `/v1/orders/${orderId}`);
        if (status === 200 && !['ORDER_STATUS_PENDING', 'ORDER_STATUS_RESERVED'].includes(body.status)) return body;
        if (Date.now() > limit) throw new Error(`order ${orderId} did not end within 60 s: ${status} ${text}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

interface Session {
  readonly access_token: string;
  readonly user: { readonly id: string };
}

export const signInAdmin = (api: Api): Promise<Person> => signIn(api, 'admin@shop.test', 'admin-password-1');

/** Puts a new product on sale, so that a story has stock of its own. */
export async function addProduct(admin: Person, stock: number): Promise<Product> {
  const sku = `E2E-${randomUUID().slice(0, 8)}`;
  const { status, body, text } = await admin.post<Product>('/v1/products', {
    name: `Story ${sku}`,
    description: 'Made for a story',
    sku,
    category: 'stories',
    price: { currency_code: 'USD', minor_units: '1999' },
    stock_quantity: stock,
  });
  if (status !== 201) throw new Error(`add product: ${status} ${text}`);
  return body;
}
