-- What is owed: orders with their lines and discounts, invoices, billing subscriptions.
-- Amounts are minor units of the row's currency, at most 2^53 - 1.

-- +goose Up
CREATE TABLE orders (
    tenant_id       uuid        NOT NULL REFERENCES tenants (id),
    id              uuid        NOT NULL,
    reference_id    text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    customer_id     uuid        NOT NULL,
    business_id     uuid,
    currency        char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    description     text        CHECK (length(description) <= 1000),
    metadata        jsonb       NOT NULL DEFAULT '[]',
    subtotal_minor  bigint      NOT NULL CHECK (subtotal_minor BETWEEN 0 AND 9007199254740991),
    discount_minor  bigint      NOT NULL CHECK (discount_minor BETWEEN 0 AND 9007199254740991),
    total_minor     bigint      NOT NULL CHECK (total_minor BETWEEN 0 AND 9007199254740991),
    -- Part of total_minor that food lines make up: the most that food vouchers may pay.
    food_minor      bigint      NOT NULL CHECK (food_minor BETWEEN 0 AND total_minor),
    -- Attempts under way and authorizations held; both block that much of the order.
    in_flight_minor bigint      NOT NULL DEFAULT 0 CHECK (in_flight_minor BETWEEN 0 AND 9007199254740991),
    held_minor      bigint      NOT NULL DEFAULT 0 CHECK (held_minor BETWEEN 0 AND 9007199254740991),
    captured_minor  bigint      NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND 9007199254740991),
    refunded_minor  bigint      NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    -- Food vouchers under way, held or captured on this order.
    voucher_minor   bigint      NOT NULL DEFAULT 0 CHECK (voucher_minor BETWEEN 0 AND 9007199254740991),
    cancelled_at    timestamptz,
    placed_at       timestamptz NOT NULL,
    fingerprint     bytea       NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, business_id) REFERENCES businesses (tenant_id, id),
    CHECK (subtotal_minor - discount_minor = total_minor)
);
CREATE UNIQUE INDEX orders_reference ON orders (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX orders_by_creation ON orders (tenant_id, created_at, id);
CREATE INDEX orders_by_placement ON orders (tenant_id, placed_at, id);
CREATE INDEX orders_by_total ON orders (tenant_id, total_minor, id);
CREATE INDEX orders_of_customer ON orders (tenant_id, customer_id, created_at, id);

CREATE TABLE order_lines (
    tenant_id           uuid         NOT NULL,
    id                  uuid         NOT NULL,
    order_id            uuid         NOT NULL,
    position            int4         NOT NULL CHECK (position >= 0),
    quantity            int8         NOT NULL CHECK (quantity BETWEEN 1 AND 2147483647),
    product_id          uuid,
    product_name        text         NOT NULL CHECK (length(product_name) BETWEEN 1 AND 500),
    product_variant     text         CHECK (length(product_variant) <= 500),
    product_image       text,
    unit_minor          bigint       NOT NULL CHECK (unit_minor BETWEEN 0 AND 9007199254740991),
    unit_discount_minor bigint       CHECK (unit_discount_minor BETWEEN 0 AND 9007199254740991),
    line_discount_minor bigint       CHECK (line_discount_minor BETWEEN 0 AND 9007199254740991),
    gross_minor         bigint       NOT NULL CHECK (gross_minor BETWEEN 0 AND 9007199254740991),
    final_minor         bigint       NOT NULL CHECK (final_minor BETWEEN 0 AND gross_minor),
    tax_rate            numeric      CHECK (tax_rate BETWEEN 0 AND 100 AND scale(tax_rate) <= 4),
    is_food             boolean      NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, order_id, position),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    CHECK (unit_discount_minor IS NULL OR line_discount_minor IS NULL)
);

CREATE TABLE order_line_modifiers (
    tenant_id    uuid   NOT NULL,
    line_id      uuid   NOT NULL,
    position     int4   NOT NULL CHECK (position >= 0),
    modifier_id  text   NOT NULL,
    product_id   uuid,
    product_name text   NOT NULL CHECK (length(product_name) BETWEEN 1 AND 500),
    quantity     int8   NOT NULL CHECK (quantity BETWEEN 1 AND 2147483647),
    price_minor  bigint NOT NULL CHECK (price_minor BETWEEN 0 AND 9007199254740991),
    PRIMARY KEY (tenant_id, line_id, position),
    FOREIGN KEY (tenant_id, line_id) REFERENCES order_lines (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

CREATE TABLE order_discounts (
    tenant_id          uuid   NOT NULL,
    id                 uuid   NOT NULL,
    order_id           uuid   NOT NULL,
    position           int4   NOT NULL CHECK (position >= 0),
    name               text   NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    description        text   CHECK (length(description) <= 1000),
    type               text   CHECK (type IN ('DOLLAROFF', 'PERCENOFF', 'FIXED')),
    amount_minor       bigint CHECK (amount_minor BETWEEN 0 AND 9007199254740991),
    value              bigint CHECK (value BETWEEN 0 AND 9007199254740991),
    value_basis_points int4   CHECK (value_basis_points BETWEEN 0 AND 10000),
    sort_index         int4,
    applied_minor      bigint NOT NULL CHECK (applied_minor BETWEEN 0 AND 9007199254740991),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, order_id, position),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    CHECK (num_nonnulls(amount_minor, value, value_basis_points) = 1),
    CHECK (type IS NOT NULL OR amount_minor IS NOT NULL)
);

CREATE TABLE invoices (
    tenant_id       uuid        NOT NULL REFERENCES tenants (id),
    id              uuid        NOT NULL,
    reference_id    text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    number          text        NOT NULL CHECK (length(number) BETWEEN 1 AND 100),
    customer_id     uuid        NOT NULL,
    business_id     uuid,
    -- The order that this invoice bills: money for one is money for the other.
    order_id        uuid,
    currency        char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    description     text        CHECK (length(description) <= 1000),
    metadata        jsonb       NOT NULL DEFAULT '[]',
    total_minor     bigint      NOT NULL CHECK (total_minor BETWEEN 0 AND 9007199254740991),
    in_flight_minor bigint      NOT NULL DEFAULT 0 CHECK (in_flight_minor BETWEEN 0 AND 9007199254740991),
    held_minor      bigint      NOT NULL DEFAULT 0 CHECK (held_minor BETWEEN 0 AND 9007199254740991),
    captured_minor  bigint      NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND 9007199254740991),
    refunded_minor  bigint      NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    issued_on       date        NOT NULL,
    due_on          date        CHECK (due_on >= issued_on),
    voided_at       timestamptz,
    fingerprint     bytea       NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, number),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, business_id) REFERENCES businesses (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);
CREATE UNIQUE INDEX invoices_reference ON invoices (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE UNIQUE INDEX invoices_of_order ON invoices (tenant_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX invoices_by_creation ON invoices (tenant_id, created_at, id);
-- An invoice that is never due sorts as the latest.
CREATE INDEX invoices_by_due_date ON invoices (tenant_id, coalesce(due_on, 'infinity'::date), id);
CREATE INDEX invoices_of_customer ON invoices (tenant_id, customer_id, created_at, id);

CREATE TABLE billing_subscriptions (
    tenant_id         uuid        NOT NULL REFERENCES tenants (id),
    id                uuid        NOT NULL,
    reference_id      text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    customer_id       uuid        NOT NULL,
    payment_method_id uuid,
    description       text        CHECK (length(description) <= 1000),
    currency          char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    price_minor       bigint      NOT NULL CHECK (price_minor BETWEEN 1 AND 9007199254740991),
    interval_unit     text        NOT NULL CHECK (interval_unit IN ('DAY', 'WEEK', 'MONTH', 'YEAR')),
    interval_count    int4        NOT NULL CHECK (interval_count BETWEEN 1 AND 365),
    -- Day of the month that due dates keep to; shorter months use their last day.
    anchor_day        int4        CHECK (anchor_day BETWEEN 1 AND 31),
    time_zone         text        NOT NULL,
    starts_on         date        NOT NULL,
    next_due_at       timestamptz,
    cancelled_at      timestamptz,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_method_id) REFERENCES payment_methods (tenant_id, id)
);
CREATE UNIQUE INDEX billing_subscriptions_reference ON billing_subscriptions (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX billing_subscriptions_of_customer ON billing_subscriptions (tenant_id, customer_id, created_at, id);
