-- compatible
create table products (
  id uuid primary key,
  name text not null,
  description text not null,
  sku text not null,
  category text not null,
  price_minor_units bigint not null,
  currency_code text not null,
  image_url text not null default '',
  weight_grams integer not null default 0,
  active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  search tsvector not null generated always as (
    setweight(to_tsvector('english', name), 'A')
    || setweight(to_tsvector('simple', sku), 'A')
    || setweight(to_tsvector('english', category), 'B')
    || setweight(to_tsvector('english', description), 'C')
  ) stored,
  constraint products_price_not_negative check (price_minor_units >= 0),
  constraint products_currency_code_shape check (currency_code ~ '^[A-Z]{3}$'),
  constraint products_weight_not_negative check (weight_grams >= 0)
);
-- A stock code is one code however it is typed.
create unique index products_sku_key on products (lower(sku));
create index products_search on products using gin (search);
create index products_category_id on products (category, id desc) where active;
