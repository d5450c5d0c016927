import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { expect, test } from 'vitest';
import { collectServices, renderMethodsPage } from './methods-page.ts';

test('a method shows the services and users that may call it, its repetition, time-out and priority', () => {
  const page = renderMethodsPage([OrdersService, PaymentsService]);

  expect(page).toContain('## orders.v1.OrdersService');
  expect(page).toContain('| CreateOrder | gateway | signed in | keyed | 15,000 ms | critical |');
  expect(page).toContain('| WatchOrder (server streaming) | gateway | signed in | safe | none | normal |');
  expect(page).toContain('| GetOrderStatistics | gateway | role admin | safe | 5,000 ms | normal |');
  expect(page).toMatch(/^\| AuthorizePayment \| orders \| nobody needed \| keyed \| /m);
});

test('each caller has one row with all that it may call', () => {
  const page = renderMethodsPage([OrdersService, PaymentsService]);
  const rows = page.slice(page.indexOf('## What each service may call')).split('\n');

  expect(rows.find((row) => row.startsWith('| orders |'))).toContain('PaymentsService.AuthorizePayment');
  expect(rows.find((row) => row.startsWith('| gateway |'))).toContain('OrdersService.CreateOrder');
});

test('every service of the contracts has a section', async () => {
  const services = await collectServices();
  const page = renderMethodsPage(services);

  expect(services.length).toBeGreaterThan(5);
  for (const { typeName } of services) expect(page).toContain(`## ${typeName}\n`);
});
