-- All features and the label of one cutoff.
-- Variables: cutoff (microseconds since 1970), lookback and horizon (days).

WITH eligible AS (
    SELECT DISTINCT customer FROM moment
    WHERE happened <= getvariable('cutoff')
        AND happened > getvariable('cutoff') - getvariable('lookback') * 86400000000
),

by_order AS (
    SELECT
        customer,
        count(*) FILTER (age < 30 * 86400) AS orders_30,
        count(*) FILTER (age < 90 * 86400) AS orders_90,
        count(*) FILTER (age < 180 * 86400) AS orders_180,
        count(*) FILTER (age < 365 * 86400) AS orders_365,
        count(*) AS orders_all,
        count(*) FILTER (age >= 90 * 86400 AND age < 180 * 86400) AS orders_before_90,
        count(*) FILTER (age >= 180 * 86400 AND age < 360 * 86400) AS orders_before_180,
        count(*) FILTER (age >= 365 * 86400 AND age < 730 * 86400) AS orders_before_365,
        sum(round(1e6 * exp(-ln(2) * age / (30 * 86400)))::BIGINT) / 1e6 AS orders_decayed_30,
        sum(round(1e6 * exp(-ln(2) * age / (90 * 86400)))::BIGINT) / 1e6 AS orders_decayed_90,
        sum(round(1e6 * exp(-ln(2) * age / (365 * 86400)))::BIGINT) / 1e6 AS orders_decayed_365,
        count(DISTINCT age // (30 * 86400)) FILTER (age < 365 * 86400) AS active_months_365,
        count(DISTINCT age // (30 * 86400)) AS active_months_all,
        min(age) / 86400 AS recency_days,
        max(age) / 86400 AS tenure_days,
        count(*) FILTER (first_of_day) AS purchase_days,
        max(gap) FILTER (is_last) / 1440 AS gap_last_days,
        max(gap) / 1440 AS gap_longest_days,
        count(gap) AS gaps,
        sum(gap) AS gap_sum,
        sum(gap * gap) AS gap_squares,
        avg(gap) FILTER (age < 365 * 86400) / 1440 AS gap_mean_365_days
    FROM (
        SELECT
            customer, gap, first_of_day,
            (getvariable('cutoff') - happened) // 1000000 AS age,
            next_at IS NULL OR next_at > getvariable('cutoff') AS is_last
        FROM ordered SEMI JOIN eligible USING (customer)
        WHERE happened <= getvariable('cutoff')
    )
    GROUP BY customer
),

by_moment AS (
    SELECT
        customer,
        sum(amount) FILTER (age < 30 * 86400) / 100 AS amount_30,
        sum(amount) FILTER (age < 90 * 86400) / 100 AS amount_90,
        sum(amount) FILTER (age < 180 * 86400) / 100 AS amount_180,
        sum(amount) FILTER (age < 365 * 86400) / 100 AS amount_365,
        sum(amount) / 100 AS amount_all,
        sum(margin) FILTER (age < 30 * 86400) / 100 AS margin_30,
        sum(margin) FILTER (age < 90 * 86400) / 100 AS margin_90,
        sum(margin) FILTER (age < 180 * 86400) / 100 AS margin_180,
        sum(margin) FILTER (age < 365 * 86400) / 100 AS margin_365,
        sum(margin) / 100 AS margin_all,
        sum(quantity) FILTER (age < 30 * 86400) / 100 AS quantity_30,
        sum(quantity) FILTER (age < 90 * 86400) / 100 AS quantity_90,
        sum(quantity) FILTER (age < 180 * 86400) / 100 AS quantity_180,
        sum(quantity) FILTER (age < 365 * 86400) / 100 AS quantity_365,
        sum(quantity) / 100 AS quantity_all,
        sum(amount) FILTER (age >= 90 * 86400 AND age < 180 * 86400) / 100 AS amount_before_90,
        sum(amount) FILTER (age >= 180 * 86400 AND age < 360 * 86400) / 100 AS amount_before_180,
        sum(amount) FILTER (age >= 365 * 86400 AND age < 730 * 86400) / 100 AS amount_before_365,
        sum(round(amount * exp(-ln(2) * age / (90 * 86400)))::BIGINT) / 100 AS amount_decayed_90,
        sum(round(amount * exp(-ln(2) * age / (365 * 86400)))::BIGINT) / 100 AS amount_decayed_365,
        max(amount) FILTER (is_last) / 100 AS amount_last,
        sum(lines) FILTER (age < 365 * 86400) AS lines_365,
        sum(list_amount) FILTER (age < 365 * 86400) / 100 AS list_amount_365,
        sum(listed_amount) FILTER (age < 365 * 86400) / 100 AS listed_amount_365,
        sum(service) FILTER (age < 365 * 86400) / 100 AS service_365,
        sum(contract) FILTER (age < 365 * 86400) / 100 AS contract_365,
        max(channel) FILTER (is_last) AS last_channel
    FROM (
        SELECT
            * EXCLUDE (happened, next_at),
            (getvariable('cutoff') - happened) // 1000000 AS age,
            next_at IS NULL OR next_at > getvariable('cutoff') AS is_last
        FROM moment SEMI JOIN eligible USING (customer)
        WHERE happened <= getvariable('cutoff')
    )
    GROUP BY customer
),

by_product AS (
    SELECT
        customer,
        count(*) FILTER (is_last AND age < 90 * 86400) AS products_90,
        count(*) FILTER (is_last AND age < 365 * 86400) AS products_365,
        count(*) FILTER (is_last) AS products_all,
        count(*) FILTER (is_first AND age < 90 * 86400) AS products_new_90,
        count(*) FILTER (is_first AND age < 365 * 86400) AS products_new_365
    FROM (
        SELECT
            customer, is_first,
            (getvariable('cutoff') - happened) // 1000000 AS age,
            next_at IS NULL OR next_at > getvariable('cutoff') AS is_last
        FROM product SEMI JOIN eligible USING (customer)
        WHERE happened <= getvariable('cutoff')
    )
    GROUP BY customer
),

by_category AS (
    SELECT
        customer,
        count(*) FILTER (is_last AND age < 90 * 86400) AS categories_90,
        count(*) FILTER (is_last AND age < 365 * 86400) AS categories_365,
        count(*) FILTER (is_last) AS categories_all,
        count(*) FILTER (is_first AND age < 90 * 86400) AS categories_new_90,
        count(*) FILTER (is_first AND age < 365 * 86400) AS categories_new_365
    FROM (
        SELECT
            customer, is_first,
            (getvariable('cutoff') - happened) // 1000000 AS age,
            next_at IS NULL OR next_at > getvariable('cutoff') AS is_last
        FROM category SEMI JOIN eligible USING (customer)
        WHERE happened <= getvariable('cutoff')
    )
    GROUP BY customer
),

by_return AS (
    SELECT
        customer,
        count(*) FILTER (age < 90 * 86400) AS returns_90,
        count(*) FILTER (age < 365 * 86400) AS returns_365,
        count(*) AS returns_all,
        sum(abs(amount)) FILTER (age < 365 * 86400) / 100 AS returned_365,
        min(age) / 86400 AS days_since_return
    FROM (
        SELECT customer, amount, (getvariable('cutoff') - happened) // 1000000 AS age
        FROM returned SEMI JOIN eligible USING (customer)
        WHERE happened <= getvariable('cutoff')
    )
    GROUP BY customer
),

by_negotiation AS (
    SELECT
        customer,
        count(*) FILTER (age < 30 * 86400) AS negotiations_30,
        count(*) FILTER (age < 90 * 86400) AS negotiations_90,
        count(*) FILTER (age < 180 * 86400) AS negotiations_180,
        count(*) FILTER (age < 365 * 86400) AS negotiations_365,
        count(*) AS negotiations_all,
        count(*) FILTER (age >= 90 * 86400 AND age < 180 * 86400) AS negotiations_before_90,
        count(*) FILTER (age >= 180 * 86400 AND age < 360 * 86400) AS negotiations_before_180,
        sum(round(1e6 * exp(-ln(2) * age / (90 * 86400)))::BIGINT) / 1e6 AS negotiations_decayed_90,
        min(age) / 86400 AS days_since_negotiation,
        avg(asked) FILTER (age < 90 * 86400) / 1e6 AS discount_asked_mean_90,
        avg(asked) FILTER (age < 365 * 86400) / 1e6 AS discount_asked_mean_365,
        avg(asked) / 1e6 AS discount_asked_mean_all,
        max((list_price - asked_price) / list_price) FILTER (age < 365 * 86400 AND list_price > 0)
            AS discount_asked_max_365,
        avg(granted) FILTER (age < 90 * 86400) / 1e6 AS discount_granted_mean_90,
        avg(granted) FILTER (age < 365 * 86400) / 1e6 AS discount_granted_mean_365,
        avg(granted) / 1e6 AS discount_granted_mean_all,
        max((list_price - agreed_price) / list_price) FILTER (age < 365 * 86400 AND list_price > 0)
            AS discount_granted_max_365,
        avg(rounds) FILTER (age < 365 * 86400) AS rounds_mean_365,
        avg(rounds) AS rounds_mean_all,
        max(rounds) FILTER (age < 365 * 86400) AS rounds_max_365,
        count(*) FILTER (outcome = 'lost' AND age < 90 * 86400) AS quotes_lost_90,
        count(*) FILTER (outcome = 'lost' AND age < 365 * 86400) AS quotes_lost_365,
        count(*) FILTER (outcome = 'lost') AS quotes_lost_all,
        min(decided_age) FILTER (outcome = 'won') / 86400 AS days_since_quote_won,
        count(*) FILTER (outcome IS NULL OR outcome = 'open') AS negotiations_open,
        count(*) FILTER (competitor_named AND age < 90 * 86400) AS competitor_named_90,
        count(*) FILTER (competitor_named AND age < 365 * 86400) AS competitor_named_365,
        count(*) FILTER (competitor_named) AS competitor_named_all
    FROM (
        SELECT
            *,
            CASE WHEN list_price > 0
                THEN round(1e6 * ((list_price - asked_price) / list_price))::BIGINT END AS asked,
            CASE WHEN list_price > 0
                THEN round(1e6 * ((list_price - agreed_price) / list_price))::BIGINT END AS granted
        FROM (
            SELECT
                customer, list_price, asked_price, rounds, competitor_named,
                (getvariable('cutoff') - happened) // 1000000 AS age,
                CASE WHEN decided_at <= getvariable('cutoff')
                    THEN (getvariable('cutoff') - decided_at) // 1000000 END AS decided_age,
                CASE WHEN decided_at <= getvariable('cutoff') THEN agreed_price END AS agreed_price,
                CASE WHEN decided_at <= getvariable('cutoff') THEN outcome END AS outcome
            FROM negotiation SEMI JOIN eligible USING (customer)
            WHERE happened <= getvariable('cutoff')
        )
    )
    GROUP BY customer
),

by_haggled AS (
    SELECT
        customer,
        count(*) FILTER (age < 365 * 86400) AS haggled_365,
        count(*) AS haggled_all
    FROM (
        SELECT customer, (getvariable('cutoff') - happened) // 1000000 AS age
        FROM haggled SEMI JOIN eligible USING (customer)
        WHERE happened <= getvariable('cutoff')
    )
    GROUP BY customer
),

by_complaint AS (
    SELECT
        customer,
        count(*) FILTER (age < 30 * 86400) AS complaints_30,
        count(*) FILTER (age < 90 * 86400) AS complaints_90,
        count(*) FILTER (age < 180 * 86400) AS complaints_180,
        count(*) FILTER (age < 365 * 86400) AS complaints_365,
        count(*) AS complaints_all,
        sum(round(1e6 * exp(-ln(2) * age / (30 * 86400)))::BIGINT) / 1e6 AS complaints_decayed_30,
        sum(round(1e6 * exp(-ln(2) * age / (90 * 86400)))::BIGINT) / 1e6 AS complaints_decayed_90,
        min(age) / 86400 AS days_since_complaint,
        avg(severity) FILTER (age < 90 * 86400) AS complaint_severity_mean_90,
        avg(severity) FILTER (age < 365 * 86400) AS complaint_severity_mean_365,
        avg(severity) AS complaint_severity_mean_all,
        max(severity) FILTER (age < 365 * 86400) AS complaint_severity_max_365,
        sum(round(1e6 * severity * exp(-ln(2) * age / (90 * 86400)))::BIGINT) / 1e6
            AS complaint_severity_decayed_90,
        count(*) FILTER (resolved_age IS NULL) AS complaints_open,
        max(age) FILTER (resolved_age IS NULL) / 86400 AS complaint_open_days,
        avg(age - resolved_age) FILTER (age < 365 * 86400) / 86400 AS complaint_days_to_resolve_365,
        avg(age - resolved_age) / 86400 AS complaint_days_to_resolve_all,
        max(age - resolved_age) FILTER (age < 365 * 86400) / 86400
            AS complaint_days_to_resolve_max_365,
        sum(goodwill) FILTER (age < 365 * 86400) / 100 AS goodwill_365,
        sum(goodwill) / 100 AS goodwill_all,
        count(*) FILTER (caused_by = 'us' AND age < 365 * 86400) AS complaints_by_us_365,
        count(*) FILTER (caused_by = 'us') AS complaints_by_us_all,
        count(*) FILTER (caused_by = 'customer' AND age < 365 * 86400)
            AS complaints_by_customer_365,
        count(*) FILTER (caused_by = 'customer') AS complaints_by_customer_all,
        count(reopened_age) AS complaints_reopened,
        avg(satisfaction) AS complaint_satisfaction_mean,
        min(resolved_age) / 86400 AS days_since_resolution,
        min(resolved_age) FILTER (satisfaction >= 4) / 86400 AS days_since_good_resolution,
        min(resolved_age) FILTER (goodwill > 0) / 86400 AS days_since_goodwill
    FROM (
        SELECT
            customer, severity, caused_by,
            (getvariable('cutoff') - happened) // 1000000 AS age,
            CASE WHEN resolved_at <= getvariable('cutoff')
                THEN (getvariable('cutoff') - resolved_at) // 1000000 END AS resolved_age,
            CASE WHEN reopened_at <= getvariable('cutoff') THEN 1 END AS reopened_age,
            CASE WHEN resolved_at <= getvariable('cutoff') THEN satisfaction END AS satisfaction,
            CASE WHEN resolved_at <= getvariable('cutoff') THEN goodwill END AS goodwill
        FROM complaint SEMI JOIN eligible USING (customer)
        WHERE happened <= getvariable('cutoff')
    )
    GROUP BY customer
),

bought_next AS (
    SELECT customer, (min(happened) - getvariable('cutoff')) / 86400000000 AS churned_after
    FROM moment SEMI JOIN eligible USING (customer)
    WHERE happened > getvariable('cutoff')
    GROUP BY customer
),

joined AS (
    SELECT *
    FROM eligible
    JOIN customer USING (customer)
    LEFT JOIN by_order USING (customer)
    LEFT JOIN by_moment USING (customer)
    LEFT JOIN by_product USING (customer)
    LEFT JOIN by_category USING (customer)
    LEFT JOIN by_return USING (customer)
    LEFT JOIN by_negotiation USING (customer)
    LEFT JOIN by_haggled USING (customer)
    LEFT JOIN by_complaint USING (customer)
    LEFT JOIN bought_next USING (customer)
),

-- who never complained has made no complaints; how long ago the last one was stays unknown
filled AS (
    SELECT
        COLUMNS(lambda name: NOT regexp_full_match(name, getvariable('counted'))),
        coalesce(COLUMNS(lambda name: regexp_full_match(name, getvariable('counted'))), 0) AS '\0'
    FROM joined
)

SELECT
    * EXCLUDE (
        customer, gaps, gap_sum, gap_squares, amount_before_90, amount_before_180,
        amount_before_365, lines_365, list_amount_365, listed_amount_365, service_365,
        contract_365, returned_365, negotiations_before_90, negotiations_before_180, haggled_365,
        haggled_all
    ),
    CASE WHEN churned_after <= getvariable('horizon') THEN 0 ELSE 1 END AS churned,
    -- purchases
    gap_sum / nullif(gaps, 0) / 1440 AS gap_mean_days,
    CASE WHEN gaps > 1 THEN sqrt(greatest(0, (
        gaps::DOUBLE * gap_squares::DOUBLE - gap_sum::DOUBLE * gap_sum::DOUBLE
    ) / (gaps * (gaps - 1)))) / 1440 END AS gap_std_days,
    ratio(gap_std_days, gap_mean_days) AS gap_variation,
    ratio(recency_days, gap_mean_days) AS overdue_ratio,
    ratio(recency_days - gap_mean_days, gap_std_days) AS overdue_deviations,
    ratio(amount_365, orders_365) AS amount_per_order_365,
    ratio(amount_all, orders_all) AS amount_per_order_all,
    ratio(margin_365, amount_365) AS margin_share_365,
    ratio(orders_90 - orders_before_90, orders_90 + orders_before_90) AS orders_trend_90,
    ratio(orders_180 - orders_before_180, orders_180 + orders_before_180) AS orders_trend_180,
    ratio(orders_365 - orders_before_365, orders_365 + orders_before_365) AS orders_trend_365,
    ratio(amount_90 - amount_before_90, amount_90 + amount_before_90) AS amount_trend_90,
    ratio(amount_180 - amount_before_180, amount_180 + amount_before_180) AS amount_trend_180,
    ratio(amount_365 - amount_before_365, amount_365 + amount_before_365) AS amount_trend_365,
    ratio(lines_365, orders_365) AS lines_per_order_365,
    ratio(list_amount_365 - listed_amount_365, list_amount_365) AS discount_share_365,
    ratio(service_365, amount_365) AS service_share_365,
    ratio(contract_365, amount_365) AS contract_share_365,
    ratio(products_new_365, products_365) AS products_new_share_365,
    ratio(categories_new_365, categories_365) AS categories_new_share_365,
    ratio(returned_365, amount_365) AS return_share_365,
    -- negotiations
    ratio(negotiations_90 - negotiations_before_90, negotiations_90 + negotiations_before_90)
        AS negotiations_trend_90,
    ratio(negotiations_180 - negotiations_before_180, negotiations_180 + negotiations_before_180)
        AS negotiations_trend_180,
    ratio(negotiations_90, orders_90) AS negotiations_per_order_90,
    ratio(negotiations_365, orders_365) AS negotiations_per_order_365,
    ratio(negotiations_all, orders_all) AS negotiations_per_order_all,
    negotiations_365 * 30 / (least(tenure_days, 365) + 1) AS negotiations_per_month,
    least(1, ratio(haggled_365, orders_365)) AS haggled_share_365,
    least(1, ratio(haggled_all, orders_all)) AS haggled_share_all,
    ratio(quotes_lost_365, negotiations_365) AS quotes_lost_share_365,
    -- complaints
    ratio(goodwill_all, complaints_all) AS goodwill_per_complaint,
    ratio(goodwill_365, margin_365) AS goodwill_per_margin_365,
    ratio(complaints_365, orders_365) AS complaints_per_order_365,
    ratio(complaints_all, orders_all) AS complaints_per_order_all,
    (recency_days < days_since_complaint)::INTEGER AS bought_since_complaint,
    CASE WHEN recency_days >= days_since_complaint THEN days_since_complaint END
        AS silence_since_complaint_days
FROM filled
