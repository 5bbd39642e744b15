-- Payments with everything that hangs on them. The amount columns are the
-- folded sums of payment_events; the CHECKs hold under any concurrency, even
-- where code forgot a lock. Amounts are minor units of the payment's currency.

-- +goose Up
CREATE TABLE payments (
    tenant_id              uuid        NOT NULL REFERENCES tenants (id),
    id                     uuid        NOT NULL,
    human_id               text        NOT NULL CHECK (human_id ~ '^[A-HJ-NP-Z2-9]{6}$'),
    reference_id           text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    mode                   text        NOT NULL CHECK (mode IN ('PAYMENT', 'WALLET', 'SETUP')),
    module                 text        CHECK (module IN ('GROOMING', 'RETAIL', 'MEMBERSHIP', 'OTHER')),
    parent_payment_id      uuid,
    business_id            uuid,
    customer_id            uuid,
    customer_email         text,
    customer_first_name    text,
    customer_last_name     text,
    customer_phone         text,
    method_type            text        CHECK (method_type IN ('CARD', 'CASH', 'CHECK', 'BANK_TRANSFER', 'LOCAL_WALLET', 'MOBILE_WALLET', 'DIRECT_DEBIT', 'VOUCHER', 'OTHER')),
    method_label           text,
    payment_method_id      uuid,
    selected_gateway_id    uuid,
    checkout_url           text,
    close_checkout_success boolean,
    close_checkout_at      timestamptz,
    callback_success       boolean,
    callback_at            timestamptz,
    currency               char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total_minor            bigint      NOT NULL CHECK (total_minor BETWEEN 0 AND 9007199254740991),
    discount_minor         bigint      NOT NULL CHECK (discount_minor BETWEEN 0 AND 9007199254740991),
    final_minor            bigint      NOT NULL CHECK (final_minor BETWEEN 0 AND 9007199254740991),
    in_flight_minor        bigint      NOT NULL DEFAULT 0 CHECK (in_flight_minor BETWEEN 0 AND 9007199254740991),
    held_minor             bigint      NOT NULL DEFAULT 0 CHECK (held_minor BETWEEN 0 AND 9007199254740991),
    captured_minor         bigint      NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND 9007199254740991),
    confirmed_minor        bigint      NOT NULL DEFAULT 0 CHECK (confirmed_minor BETWEEN 0 AND captured_minor),
    voucher_minor          bigint      NOT NULL DEFAULT 0 CHECK (voucher_minor BETWEEN 0 AND captured_minor),
    refunded_minor         bigint      NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    refund_pending_minor   bigint      NOT NULL DEFAULT 0 CHECK (refund_pending_minor BETWEEN 0 AND 9007199254740991),
    charged_back_minor     bigint      NOT NULL DEFAULT 0 CHECK (charged_back_minor BETWEEN 0 AND 9007199254740991),
    -- Unknown is null, not zero.
    fee_minor              bigint      CHECK (fee_minor BETWEEN 0 AND 9007199254740991),
    fee_is_estimated       boolean     NOT NULL DEFAULT false,
    status                 text        NOT NULL CHECK (status IN ('CREATED', 'PENDING_APPROVAL', 'REQUIRES_ACTION', 'PROCESSING', 'ON_RETRY', 'AUTHORIZED', 'PARTIALLY_PAID', 'PAID', 'CONFIRMED', 'PARTIALLY_REFUNDED', 'REFUNDED', 'FAILED', 'REJECTED', 'CANCELLED', 'VOIDED', 'EXPIRED')),
    refund_status          text        NOT NULL DEFAULT 'NONE' CHECK (refund_status IN ('NONE', 'PENDING', 'PARTIAL', 'FULL', 'FAILED', 'IMPOSSIBLE')),
    reconciliation_status  text        NOT NULL DEFAULT 'UNRECONCILED' CHECK (reconciliation_status IN ('UNRECONCILED', 'PARTIAL', 'RECONCILED', 'DISCREPANCY')),
    attention              text[]      NOT NULL DEFAULT '{}',
    closed                 text        CHECK (closed IN ('CANCELLED', 'EXPIRED')),
    is_active              boolean     NOT NULL DEFAULT true,
    scheduled_for          timestamptz,
    next_retry_at          timestamptz,
    billing_address        jsonb,
    description            text        CHECK (length(description) <= 1000),
    metadata               jsonb       NOT NULL DEFAULT '[]',
    version                int4        NOT NULL CHECK (version > 0),
    -- Number of the newest row in payment_events.
    event_seq              int4        NOT NULL CHECK (event_seq >= 0),
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    paid_at                timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, human_id),
    FOREIGN KEY (tenant_id, parent_payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, business_id) REFERENCES businesses (tenant_id, id),
    FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_method_id) REFERENCES payment_methods (tenant_id, id),
    FOREIGN KEY (tenant_id, selected_gateway_id) REFERENCES payment_gateways (tenant_id, id),
    CHECK (total_minor - discount_minor = final_minor),
    CHECK (mode = 'SETUP' OR final_minor > 0 OR status IN ('CONFIRMED', 'CANCELLED')),
    CHECK ((close_checkout_success IS NULL) = (close_checkout_at IS NULL)),
    CHECK ((callback_success IS NULL) = (callback_at IS NULL))
);
CREATE UNIQUE INDEX payments_reference ON payments (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX payments_by_creation ON payments (tenant_id, created_at, id);
CREATE INDEX payments_by_update ON payments (tenant_id, updated_at, id);
CREATE INDEX payments_by_amount ON payments (tenant_id, final_minor, id);
CREATE INDEX payments_of_customer ON payments (tenant_id, customer_id, created_at, id);
CREATE INDEX payments_of_parent ON payments (tenant_id, parent_payment_id, created_at, id) WHERE parent_payment_id IS NOT NULL;
CREATE INDEX payments_by_status ON payments (tenant_id, status, created_at, id);

-- Gateways enabled for one payment; no row means all gateways.
CREATE TABLE payment_enabled_gateways (
    tenant_id  uuid NOT NULL,
    payment_id uuid NOT NULL,
    gateway_id uuid NOT NULL,
    position   int4 NOT NULL CHECK (position >= 0),
    PRIMARY KEY (tenant_id, payment_id, gateway_id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, gateway_id) REFERENCES payment_gateways (tenant_id, id)
);

CREATE TABLE payment_allocations (
    tenant_id       uuid   NOT NULL,
    id              uuid   NOT NULL,
    payment_id      uuid   NOT NULL,
    position        int4   NOT NULL CHECK (position >= 0),
    subject_kind    text   NOT NULL CHECK (subject_kind IN ('ORDER', 'INVOICE', 'SUBSCRIPTION')),
    order_id        uuid,
    invoice_id      uuid,
    subscription_id uuid,
    amount_minor    bigint NOT NULL CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    captured_minor  bigint NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND 9007199254740991),
    refunded_minor  bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, payment_id, position),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
    FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES billing_subscriptions (tenant_id, id),
    CHECK (subject_kind <> 'ORDER' OR order_id IS NOT NULL),
    CHECK (subject_kind <> 'INVOICE' OR invoice_id IS NOT NULL),
    CHECK ((subject_kind = 'SUBSCRIPTION') = (subscription_id IS NOT NULL))
);
CREATE INDEX payment_allocations_of_order ON payment_allocations (tenant_id, order_id) WHERE order_id IS NOT NULL;
CREATE INDEX payment_allocations_of_invoice ON payment_allocations (tenant_id, invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX payment_allocations_of_subscription ON payment_allocations (tenant_id, subscription_id) WHERE subscription_id IS NOT NULL;

CREATE TABLE transactions (
    tenant_id              uuid        NOT NULL,
    -- Also the idempotency key that the gateway is given.
    id                     uuid        NOT NULL,
    payment_id             uuid        NOT NULL,
    attempt_number         int4        NOT NULL CHECK (attempt_number BETWEEN 1 AND 50),
    gateway_id             uuid        NOT NULL,
    method_type            text        NOT NULL CHECK (method_type IN ('CARD', 'CASH', 'CHECK', 'BANK_TRANSFER', 'LOCAL_WALLET', 'MOBILE_WALLET', 'DIRECT_DEBIT', 'VOUCHER', 'OTHER')),
    method_label           text,
    payment_method_id      uuid,
    is_wallet              boolean     NOT NULL DEFAULT false,
    status                 text        NOT NULL CHECK (status IN ('CREATED', 'REQUIRES_ACTION', 'PENDING', 'UNKNOWN', 'AUTHORIZED', 'CAPTURED', 'FAILED', 'DROPPED', 'CANCELLED', 'VOIDED', 'EXPIRED', 'PENDING_APPROVAL', 'REJECTED')),
    external_id            text,
    external_id2           text,
    external_id3           text,
    currency               char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- True: authorize and capture at once. False: hold only.
    auto_capture           boolean     NOT NULL,
    requested_minor        bigint      NOT NULL CHECK (requested_minor BETWEEN 0 AND 9007199254740991),
    held_minor             bigint      NOT NULL DEFAULT 0 CHECK (held_minor BETWEEN 0 AND 9007199254740991),
    captured_minor         bigint      NOT NULL DEFAULT 0 CHECK (captured_minor BETWEEN 0 AND 9007199254740991),
    confirmed_minor        bigint      NOT NULL DEFAULT 0 CHECK (confirmed_minor BETWEEN 0 AND captured_minor),
    refunded_minor         bigint      NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND captured_minor),
    refund_pending_minor   bigint      NOT NULL DEFAULT 0 CHECK (refund_pending_minor BETWEEN 0 AND 9007199254740991),
    charged_back_minor     bigint      NOT NULL DEFAULT 0 CHECK (charged_back_minor BETWEEN 0 AND 9007199254740991),
    voucher_minor          bigint      NOT NULL DEFAULT 0 CHECK (voucher_minor BETWEEN 0 AND captured_minor),
    voucher_count          int4        CHECK (voucher_count > 0),
    -- How many vouchers the payer tendered; the gateway is told again when it is asked again.
    vouchers_tendered      int4        CHECK (vouchers_tendered > 0),
    fee_minor              bigint      CHECK (fee_minor BETWEEN 0 AND 9007199254740991),
    fee_is_estimated       boolean     NOT NULL DEFAULT false,
    -- One-time token from the payer's form; needed again when the outcome must be looked up.
    token                  text        CHECK (length(token) <= 255),
    error_code             text        CHECK (error_code IN ('GENERIC', 'CANCELLED', 'NOT_COMPLETED', 'MISSING_PAYMENT_METHOD', 'DECLINED', 'SYSTEM')),
    error_message          text,
    decline_type           text        CHECK (decline_type IN ('SOFT', 'HARD')),
    external_error_code    text,
    external_error_message text,
    action_type            text        CHECK (action_type IN ('OTP', 'REDIRECT', 'DROPIN')),
    action_external_id     text,
    action_url             text,
    action_data            jsonb,
    action_expires_at      timestamptz,
    details                jsonb,
    holder_name            text,
    holder_email           text,
    manual_reference       text        CHECK (length(manual_reference) BETWEEN 1 AND 255),
    notes                  text        CHECK (length(notes) <= 2000),
    evidence_url           text,
    submitted_by           text,
    approved_by            text,
    rejected_by            text,
    rejection_reason       text        CHECK (length(rejection_reason) <= 1000),
    -- Until then the process that created the attempt is waiting for the gateway's answer.
    lease_until            timestamptz NOT NULL,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    captured_at            timestamptz,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, payment_id, attempt_number),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, gateway_id) REFERENCES payment_gateways (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_method_id) REFERENCES payment_methods (tenant_id, id),
    CHECK ((voucher_minor > 0) = (voucher_count IS NOT NULL)),
    CHECK (status <> 'REQUIRES_ACTION' OR action_type IS NOT NULL),
    -- Attempts under way have captured nothing; ended ones hold nothing.
    CHECK (status NOT IN ('CREATED', 'REQUIRES_ACTION', 'PENDING', 'UNKNOWN', 'PENDING_APPROVAL') OR (captured_minor = 0 AND held_minor = 0)),
    CHECK (status NOT IN ('FAILED', 'DROPPED', 'CANCELLED', 'VOIDED', 'EXPIRED', 'REJECTED') OR held_minor = 0)
);
CREATE UNIQUE INDEX transactions_external ON transactions (tenant_id, gateway_id, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX transactions_manual_reference ON transactions (tenant_id, method_type, manual_reference) WHERE manual_reference IS NOT NULL;
-- One attempt of a payment can be under way at a time.
CREATE UNIQUE INDEX transactions_live ON transactions (tenant_id, payment_id) WHERE status IN ('CREATED', 'REQUIRES_ACTION', 'PENDING', 'UNKNOWN');

CREATE TABLE payment_lines (
    tenant_id           uuid         NOT NULL,
    id                  uuid         NOT NULL,
    payment_id          uuid         NOT NULL,
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
    UNIQUE (tenant_id, payment_id, position),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    CHECK (unit_discount_minor IS NULL OR line_discount_minor IS NULL)
);

CREATE TABLE payment_line_modifiers (
    tenant_id    uuid   NOT NULL,
    line_id      uuid   NOT NULL,
    position     int4   NOT NULL CHECK (position >= 0),
    modifier_id  text   NOT NULL,
    product_id   uuid,
    product_name text   NOT NULL CHECK (length(product_name) BETWEEN 1 AND 500),
    quantity     int8   NOT NULL CHECK (quantity BETWEEN 1 AND 2147483647),
    price_minor  bigint NOT NULL CHECK (price_minor BETWEEN 0 AND 9007199254740991),
    PRIMARY KEY (tenant_id, line_id, position),
    FOREIGN KEY (tenant_id, line_id) REFERENCES payment_lines (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);

CREATE TABLE payment_discounts (
    tenant_id          uuid   NOT NULL,
    id                 uuid   NOT NULL,
    payment_id         uuid   NOT NULL,
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
    UNIQUE (tenant_id, payment_id, position),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    CHECK (num_nonnulls(amount_minor, value, value_basis_points) = 1),
    CHECK (type IS NOT NULL OR amount_minor IS NOT NULL)
);

CREATE TABLE refunds (
    tenant_id              uuid        NOT NULL,
    id                     uuid        NOT NULL,
    reference_id           text        CHECK (length(reference_id) BETWEEN 1 AND 255),
    payment_id             uuid        NOT NULL,
    transaction_id         uuid        NOT NULL,
    currency               char(3)     NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    amount_minor           bigint      NOT NULL CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    method                 text        NOT NULL CHECK (method IN ('ORIGINAL', 'MANUAL', 'STORE_CREDIT')),
    manual_reference       text        CHECK (length(manual_reference) BETWEEN 1 AND 255),
    reason                 text        CHECK (length(reason) <= 1000),
    status                 text        NOT NULL CHECK (status IN ('REQUESTED', 'PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'IMPOSSIBLE')),
    external_id            text,
    error_code             text,
    error_message          text,
    external_error_code    text,
    external_error_message text,
    created_by             text        NOT NULL,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    succeeded_at           timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, transaction_id) REFERENCES transactions (tenant_id, id),
    CHECK ((status = 'SUCCEEDED') = (succeeded_at IS NOT NULL))
);
CREATE UNIQUE INDEX refunds_reference ON refunds (tenant_id, reference_id) WHERE reference_id IS NOT NULL;
CREATE INDEX refunds_of_payment ON refunds (tenant_id, payment_id, created_at, id);
CREATE INDEX refunds_of_transaction ON refunds (tenant_id, transaction_id);
CREATE INDEX refunds_by_creation ON refunds (tenant_id, created_at, id);

-- What happened, append-only: the truth that the columns above are folded from.
CREATE TABLE payment_events (
    tenant_id      uuid        NOT NULL,
    payment_id     uuid        NOT NULL,
    seq            int4        NOT NULL CHECK (seq > 0),
    id             uuid        NOT NULL,
    type           text        NOT NULL,
    transaction_id uuid,
    refund_id      uuid,
    -- Meaning depends on type: what was requested, held, captured, refunded.
    amount_minor   bigint      CHECK (amount_minor BETWEEN 0 AND 9007199254740991),
    -- Headline of the payment after this event.
    status         text        NOT NULL,
    actor          text        NOT NULL,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, payment_id, seq),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
    FOREIGN KEY (tenant_id, transaction_id) REFERENCES transactions (tenant_id, id),
    FOREIGN KEY (tenant_id, refund_id) REFERENCES refunds (tenant_id, id)
);
CREATE INDEX payment_events_by_status ON payment_events (tenant_id, status, created_at, payment_id);

CREATE TABLE idempotency_keys (
    tenant_id   uuid        NOT NULL,
    operation   text        NOT NULL,
    key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 of the canonical input: the same key with another input is a mistake, not a repeat.
    fingerprint bytea       NOT NULL CHECK (length(fingerprint) = 32),
    payment_id  uuid        NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, operation, key),
    -- Kept as long as the payment: a key must not come free while its money exists.
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);
