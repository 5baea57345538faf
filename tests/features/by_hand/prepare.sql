-- Once for all cutoffs: customers as numbers, money in cents, gaps and recurrences of each event.
-- Expects purchases, negotiations and complaints with Treue's columns.

CREATE MACRO ratio(above, below) AS CASE WHEN below > 0 THEN above / below END;

-- features that are zero for whoever has no such event
SET VARIABLE counted =
    '(orders|amount|margin|quantity|products|categories|returns|negotiations|haggled|complaints'
    || '|quotes_lost|competitor_named|goodwill|returned|lines|service|contract)'
    || '_((before_|decayed_|new_)?[0-9]+|all)'
    || '|negotiations_open|complaints_(open|reopened|by_us_.*|by_customer_.*)'
    || '|complaint_severity_decayed_90';

CREATE TABLE customer AS
SELECT customer_id, row_number() OVER (ORDER BY customer_id)::INTEGER AS customer
FROM (
    SELECT customer_id FROM purchases
    UNION SELECT customer_id FROM negotiations
    UNION SELECT customer_id FROM complaints
);

CREATE TABLE line AS
SELECT
    customer, epoch_us(purchased_at) AS happened, order_id, product_id, category, channel, kind,
    coalesce(is_return, false) AS is_return,
    round(amount * 100)::BIGINT AS amount, round(margin * 100)::BIGINT AS margin,
    round(quantity * 100)::BIGINT AS quantity, round(list_amount * 100)::BIGINT AS list_amount
FROM purchases JOIN customer USING (customer_id);

CREATE TABLE returned AS SELECT customer, happened, amount FROM line WHERE is_return;

CREATE TABLE ordered AS
WITH first_line AS (
    SELECT customer, min(happened) AS happened
    FROM line WHERE NOT is_return
    GROUP BY customer, coalesce(order_id, '@' || happened)
)
SELECT
    customer, happened, next_at,
    (happened - previous_at) // 60000000 AS gap,
    previous_at IS NULL OR happened // 86400000000 <> previous_at // 86400000000 AS first_of_day
FROM (
    SELECT customer, happened, lag(happened) OVER by_time AS previous_at, lead(happened) OVER by_time AS next_at
    FROM first_line
    WINDOW by_time AS (PARTITION BY customer ORDER BY happened)
);

CREATE TABLE moment AS
SELECT *, lead(happened) OVER (PARTITION BY customer ORDER BY happened) AS next_at
FROM (
    SELECT
        customer, happened, count(*) AS lines, max(channel) AS channel,
        sum(amount)::BIGINT AS amount, sum(margin)::BIGINT AS margin,
        sum(quantity)::BIGINT AS quantity, sum(list_amount)::BIGINT AS list_amount,
        (sum(amount) FILTER (list_amount IS NOT NULL))::BIGINT AS listed_amount,
        (sum(amount) FILTER (kind = 'service'))::BIGINT AS service,
        (sum(amount) FILTER (kind = 'contract'))::BIGINT AS contract
    FROM line WHERE NOT is_return
    GROUP BY customer, happened
);

CREATE TABLE product AS
SELECT
    customer, happened,
    lead(happened) OVER by_time AS next_at, row_number() OVER by_time = 1 AS is_first
FROM (SELECT DISTINCT customer, happened, product_id FROM line
      WHERE NOT is_return AND product_id IS NOT NULL)
WINDOW by_time AS (PARTITION BY customer, product_id ORDER BY happened);

CREATE TABLE category AS
SELECT
    customer, happened,
    lead(happened) OVER by_time AS next_at, row_number() OVER by_time = 1 AS is_first
FROM (SELECT DISTINCT customer, happened, category FROM line
      WHERE NOT is_return AND category IS NOT NULL)
WINDOW by_time AS (PARTITION BY customer, category ORDER BY happened);

DROP TABLE line;

CREATE TABLE negotiation AS
SELECT
    customer, epoch_us(negotiated_at) AS happened, order_id, epoch_us(decided_at) AS decided_at,
    round(list_price * 100)::BIGINT AS list_price, round(asked_price * 100)::BIGINT AS asked_price,
    round(agreed_price * 100)::BIGINT AS agreed_price, outcome, rounds, competitor_named
FROM negotiations JOIN customer USING (customer_id);

CREATE TABLE haggled AS
SELECT customer, min(happened) AS happened FROM negotiation
WHERE order_id IS NOT NULL GROUP BY customer, order_id;

CREATE TABLE complaint AS
SELECT
    customer, epoch_us(opened_at) AS happened, epoch_us(resolved_at) AS resolved_at,
    epoch_us(reopened_at) AS reopened_at, severity, caused_by, satisfaction,
    round(goodwill_amount * 100)::BIGINT AS goodwill
FROM complaints JOIN customer USING (customer_id);
