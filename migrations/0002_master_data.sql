-- What payments refer to: customers, products, gateways, stored methods.

-- +goose Up
CREATE TABLE customers (
    tenant_id    uuid        NOT NULL REFERENCES tenants (id),
    id           uuid        NOT NULL,
    reference_id text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    email        text        CHECK (length(email) <= 254),
    first_name   text        CHECK (length(first_name) <= 200),
    last_name    text        CHECK (length(last_name) <= 200),
    phone        text        CHECK (length(phone) <= 32),
    address      jsonb,
    metadata     jsonb       NOT NULL DEFAULT '[]',
    fingerprint  bytea       NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX customers_reference ON customers (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX customers_by_creation ON customers (tenant_id, created_at, id);
CREATE INDEX customers_by_email ON customers (tenant_id, lower(email));

-- Store credit of a customer, one row a currency.
CREATE TABLE customer_balances (
    tenant_id     uuid        NOT NULL,
    customer_id   uuid        NOT NULL,
    currency      char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    balance_minor bigint      NOT NULL CHECK (balance_minor BETWEEN 0 AND 9007199254740991),
    updated_at    timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, customer_id, currency),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
);

CREATE TABLE products (
    tenant_id    uuid         NOT NULL REFERENCES tenants (id),
    id           uuid         NOT NULL,
    reference_id text         CHECK (length(reference_id) BETWEEN 1 AND 255),
    name         text         NOT NULL CHECK (length(name) BETWEEN 1 AND 500),
    variant      text         CHECK (length(variant) <= 500),
    image_url    text,
    currency     char(3)      NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    unit_minor   bigint       NOT NULL CHECK (unit_minor BETWEEN 0 AND 9007199254740991),
    -- Percent, informational: amounts include tax.
    tax_rate     numeric      CHECK (tax_rate BETWEEN 0 AND 100 AND scale(tax_rate) <= 4),
    is_food      boolean      NOT NULL,
    fingerprint  bytea        NOT NULL,
    created_at   timestamptz  NOT NULL,
    updated_at   timestamptz  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX products_reference ON products (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX products_by_creation ON products (tenant_id, created_at, id);

CREATE TABLE payment_gateways (
    tenant_id               uuid        NOT NULL REFERENCES tenants (id),
    id                      uuid        NOT NULL,
    reference_id            text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    name                    text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    connector               text        NOT NULL,
    kind                    text        NOT NULL CHECK (kind IN ('ONLINE', 'VOUCHER', 'MANUAL')),
    legacy_type             int4,
    action                  text        NOT NULL CHECK (action IN ('NONE', 'OTP', 'REDIRECT', 'DROPIN')),
    method_type             text        NOT NULL CHECK (method_type IN ('CARD', 'CASH', 'CHECK', 'BANK_TRANSFER', 'LOCAL_WALLET', 'MOBILE_WALLET', 'DIRECT_DEBIT', 'VOUCHER', 'OTHER')),
    method_label            text        CHECK (length(method_label) <= 100),
    image_url               text,
    checkout_image_url      text,
    icon_url                text,
    request_affiliation_url text,
    minimum_minor           bigint      CHECK (minimum_minor BETWEEN 0 AND 9007199254740991),
    minimum_currency        char(3)     CHECK (minimum_currency ~ '^[A-Z]{3}$'),
    is_partially_refundable boolean     NOT NULL,
    is_tokenizable          boolean     NOT NULL,
    -- Vouchers of this gateway pay for food lines only.
    is_food_only            boolean     NOT NULL,
    -- Empty: every currency, every country.
    currencies              text[]      NOT NULL,
    countries               text[]      NOT NULL,
    is_enabled              boolean     NOT NULL,
    version                 int4        NOT NULL CHECK (version > 0),
    fingerprint             bytea       NOT NULL,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((minimum_minor IS NULL) = (minimum_currency IS NULL)),
    CHECK (kind = 'VOUCHER' OR NOT is_food_only)
);
CREATE UNIQUE INDEX payment_gateways_reference ON payment_gateways (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX payment_gateways_by_creation ON payment_gateways (tenant_id, created_at, id);

CREATE TABLE gateway_parameters (
    tenant_id            uuid    NOT NULL,
    gateway_id           uuid    NOT NULL,
    parameter_id         text    NOT NULL CHECK (length(parameter_id) BETWEEN 1 AND 100),
    position             int4    NOT NULL CHECK (position >= 0),
    friendly_name        text    NOT NULL,
    is_merchant          boolean NOT NULL,
    is_form              boolean NOT NULL,
    is_visible           boolean NOT NULL,
    is_required          boolean NOT NULL,
    -- Never a secret: parameters that are secret do not live in this table.
    tenant_default_value text,
    PRIMARY KEY (tenant_id, gateway_id, parameter_id),
    FOREIGN KEY (tenant_id, gateway_id) REFERENCES payment_gateways (tenant_id, id)
);

CREATE TABLE gateway_parameter_options (
    tenant_id    uuid NOT NULL,
    gateway_id   uuid NOT NULL,
    parameter_id text NOT NULL,
    position     int4 NOT NULL CHECK (position >= 0),
    option_id    text NOT NULL,
    text         text NOT NULL,
    PRIMARY KEY (tenant_id, gateway_id, parameter_id, option_id),
    FOREIGN KEY (tenant_id, gateway_id, parameter_id) REFERENCES gateway_parameters (tenant_id, gateway_id, parameter_id)
);

CREATE TABLE payment_methods (
    tenant_id        uuid        NOT NULL,
    id               uuid        NOT NULL,
    reference_id     text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    customer_id      uuid        NOT NULL,
    gateway_id       uuid        NOT NULL,
    type             text        NOT NULL CHECK (type IN ('CARD', 'CASH', 'CHECK', 'BANK_TRANSFER', 'LOCAL_WALLET', 'MOBILE_WALLET', 'DIRECT_DEBIT', 'VOUCHER', 'OTHER')),
    label            text        CHECK (length(label) <= 100),
    -- The gateway's token of the method; a card or account number never gets here.
    token            text        NOT NULL CHECK (length(token) BETWEEN 1 AND 255),
    -- Masked details as shown to the holder: brand, last four, expiry, masked IBAN.
    details          jsonb       NOT NULL,
    holder_name      text,
    holder_email     text,
    is_default       boolean     NOT NULL,
    detached_at      timestamptz,
    fingerprint      bytea       NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, gateway_id) REFERENCES payment_gateways (tenant_id, id)
);
CREATE UNIQUE INDEX payment_methods_reference ON payment_methods (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX payment_methods_of_customer ON payment_methods (tenant_id, customer_id, created_at, id);
CREATE UNIQUE INDEX payment_methods_default ON payment_methods (tenant_id, customer_id) WHERE is_default AND detached_at IS NULL;
