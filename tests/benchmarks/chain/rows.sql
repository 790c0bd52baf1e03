-- The life of a chain, by sets. What `%(name)s` stands for is in `making.py`; each part begins with a line `-- ==`.
--
-- Guests are numbered in the order in which they were registered; guest n has the card of points n, one in four a card
-- of the club too. A guest's every third visit spends all points that the card then has, which a bill always comes to:
-- prices lie between 40 and 90, a visit gives 3 percent, and nobody gets more than 10 points otherwise. So each lot
-- ends whole: spent by the first such visit of its last day or before, burned after it, or still there. That makes
-- every figure a sum over sets, and lots are spent in their order.

-- == visits
CREATE TEMP TABLE made_visit AS
WITH dice AS MATERIALIZED (
  SELECT throw, least(1 + floor(%(clients)s * random() ^ 1.5)::int, %(clients)s) AS n, random() AS day,
    floor(random() * 36)::int AS quarter, random() AS fate, random() AS away, 1 + floor(random() * 3)::int AS lines
  FROM generate_series(1, %(visits)s) throw
), come AS (
  SELECT *, floor(%(days)s::float * (n - 1) / %(clients)s)::int AS registered FROM dice
), at AS (
  SELECT *, registered + floor(day * (%(days)s - registered))::int AS since,
    CASE WHEN away < 0.2 THEN 1 + throw %% %(locations_count)s ELSE 1 + n %% %(locations_count)s END AS location
  FROM come
), started AS (
  SELECT *, %(first_day)s::date + since AS starts_on,
    (%(first_day)s::date + since + time '09:00' + quarter * interval '15 minutes') AT TIME ZONE %(zone)s AS starts_at
  FROM at
), numbered AS (
  SELECT *, row_number() OVER (ORDER BY starts_at, throw) AS nth,
    row_number() OVER (PARTITION BY n ORDER BY starts_at, throw) AS number
  FROM started
), fated AS (
  SELECT *, number %% 3 = 0 AS pays, CASE
      WHEN number %% 3 = 0 THEN 'arrived' WHEN fate < 0.02 THEN 'cancelled' WHEN fate < 0.04 THEN 'no_show'
      ELSE 'arrived' END AS status
  FROM numbered
)
SELECT nth + %(visit)s AS id, nth, n, number, lines, status, pays, starts_on, starts_at,
  starts_at + interval '40 minutes' AS saved_at, (%(locations)s::bigint[])[location] AS location_id,
  since / %(season_days)s AS season, status <> 'no_show' AS acts,
  status = 'arrived' AND number = 1 AND n %% 20 = 0 AND n > 1 AS is_invited,
  min(CASE WHEN pays THEN nth END) OVER later AS next_pays
FROM fated
WINDOW later AS (PARTITION BY n ORDER BY number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
CREATE UNIQUE INDEX ON made_visit (id);
CREATE INDEX ON made_visit (n, nth) WHERE pays;
ANALYZE made_visit;

-- == lines
CREATE TEMP TABLE made_line AS
SELECT row_number() OVER (ORDER BY v.nth, place) + %(line)s AS id, v.id AS visit_id, v.nth, v.n, place - 1 AS position,
  (%(items)s::bigint[])[item] AS item_id, (%(kinds)s::text[])[item] AS kind,
  (%(categories)s::bigint[])[item] AS category_id, (%(prices)s::numeric[])[item] AS price,
  CASE WHEN v.acts AND (v.n %% 4 = 1 OR v.is_invited) THEN round((%(prices)s::numeric[])[item] * 0.10, 2) ELSE 0 END
    AS discount
FROM made_visit v, generate_series(1, v.lines) place,
  LATERAL (SELECT 1 + (v.nth * 7 + place * 3) %% %(items_count)s AS item) chosen;
CREATE TEMP TABLE made_bill AS
SELECT visit_id, sum(price) AS sold, sum(discount) AS discount FROM made_line GROUP BY visit_id;
CREATE UNIQUE INDEX ON made_bill (visit_id);
ANALYZE made_line, made_bill;

-- == lots
-- Beside what visits give: points from before there was a ledger, for inviting a guest, and by hand.
CREATE TEMP TABLE made_lot AS
WITH given AS (
  SELECT v.n, v.nth, 1 AS part, 'promotion_accrual' AS kind, v.id AS visit_id, v.location_id, v.saved_at AS granted_at,
    v.starts_on AS granted_on, round(b.sold * 0.02, 2) AS amount, %(cashback)s AS promotion_id,
    %(cashback_terms)s AS terms_id, (v.starts_on + interval '12 months')::date AS last_on, v.next_pays,
    v.status = 'cancelled' AS undone, b.sold AS base, 2 AS percent
  FROM made_visit v JOIN made_bill b ON b.visit_id = v.id WHERE v.acts
  UNION ALL
  SELECT v.n, v.nth, 2, 'promotion_accrual', v.id, v.location_id, v.saved_at, v.starts_on, round(b.sold * 0.01, 2),
    (%(seasons)s::bigint[])[1 + v.season], (%(seasons_terms)s::bigint[])[1 + v.season],
    (v.starts_on + interval '2 months')::date, v.next_pays, v.status = 'cancelled', b.sold, 1
  FROM made_visit v JOIN made_bill b ON b.visit_id = v.id WHERE v.acts
  UNION ALL
  SELECT v.n - 1, v.nth, 3, 'referral_accrual', v.id, v.location_id, v.saved_at, v.starts_on, round(b.sold * 0.02, 2),
    %(inviting)s, %(inviting_terms)s, (v.starts_on + interval '12 months')::date, (
      SELECT min(later.nth) FROM made_visit later WHERE later.n = v.n - 1 AND later.pays AND later.nth > v.nth
    ), false, b.sold, 2
  FROM made_visit v JOIN made_bill b ON b.visit_id = v.id WHERE v.is_invited
  UNION ALL
  SELECT v.n, v.nth, 4, 'manual_accrual', NULL, v.location_id, v.saved_at, v.starts_on, 2, NULL, NULL, NULL,
    v.next_pays, false, NULL, NULL
  FROM made_visit v WHERE v.status = 'arrived' AND v.nth %% 97 = 0
  UNION ALL
  SELECT v.n, 0, 5, 'opening_balance', NULL, NULL, %(opened_at)s, %(first_day)s::date - 1, 3, NULL, NULL, NULL,
    CASE WHEN v.pays THEN v.nth ELSE v.next_pays END, false, NULL, NULL
  FROM made_visit v WHERE v.number = 1 AND v.n %% 10 = 3
), ended AS (
  SELECT given.*, NOT undone AND coalesce(spending.starts_on <= coalesce(last_on, 'infinity'), false) AS is_spent
  FROM given LEFT JOIN made_visit spending ON spending.id = given.next_pays + %(visit)s
)
SELECT row_number() OVER (ORDER BY granted_at, nth, part, n) + %(lot)s AS id, *,
  CASE WHEN is_spent THEN next_pays + %(visit)s END AS spent_by,
  NOT (undone OR is_spent) AND coalesce(last_on, 'infinity') < %(today)s AS is_burned
FROM ended;
ANALYZE made_lot;

-- == what is spent
CREATE TEMP TABLE made_payment AS
SELECT spent_by AS visit_id, sum(amount) AS amount, spent_by %% 50 = 0 AS by_hand FROM made_lot
WHERE spent_by IS NOT NULL GROUP BY spent_by;
CREATE UNIQUE INDEX ON made_payment (visit_id);
ANALYZE made_payment;

-- == what is held beside points
-- One guest in fifty has a gift card, the next one an account; each pays 10 of visits without points, which no bill is
-- below. Gift cards fare by turns: kept, used up, expired, blocked, returned.
CREATE TEMP TABLE made_holder AS
SELECT row_number() OVER (ORDER BY n) + %(holder)s + %(clients)s + (%(clients)s + 3) / 4 AS id, n,
  CASE n %% 50 WHEN 0 THEN 'gift_card' ELSE 'account' END AS kind,
  CASE WHEN n %% 50 = 0 THEN (ARRAY['kept', 'used up', 'expired', 'blocked', 'returned'])[1 + n / 50 %% 5] END AS fate,
  (day + time '08:30') AT TIME ZONE %(zone)s AS opened_at, (day + interval '1 month')::date AS last_on
FROM generate_series(1, %(clients)s) n,
  LATERAL (SELECT %(first_day)s::date + floor(%(days)s::float * (n - 1) / %(clients)s)::int AS day) registered
WHERE n %% 50 < 2;
CREATE TEMP TABLE made_use AS
SELECT * FROM (
  SELECT v.id AS visit_id, v.n, v.saved_at, v.location_id, h.id AS holder_id, h.kind, h.fate,
    row_number() OVER (PARTITION BY v.n ORDER BY v.nth) AS number
  FROM made_visit v JOIN made_holder h USING (n) WHERE v.status = 'arrived' AND NOT v.pays
) uses
WHERE number <= CASE WHEN fate = 'used up' THEN 1 WHEN fate IN ('expired', 'returned') THEN 0 ELSE 2 END;
CREATE UNIQUE INDEX ON made_use (visit_id);
ANALYZE made_holder, made_use;

-- == rows of the ledger, in their order
CREATE TEMP TABLE made_row AS
WITH written AS (
  SELECT v.saved_at AS at, v.nth, 1 AS role, l.position AS part, 'promotion_discount' AS kind, v.n, -l.discount AS amount,
    v.location_id, v.id AS visit_id, l.id AS line_id, NULL::bigint AS lot_id, NOT v.is_invited AS by_club,
    CASE WHEN v.is_invited THEN %(invited)s ELSE %(discount)s END AS promotion_id,
    CASE WHEN v.is_invited THEN %(invited_terms)s ELSE %(discount_terms)s END AS terms_id, false AS undoes,
    v.status = 'cancelled' AS undone,
    jsonb_build_object('reason', 'given', 'base', trim_scale(l.price)::text, 'value', '10', 'unit', 'percent') AS why
  FROM made_line l JOIN made_visit v ON v.id = l.visit_id WHERE l.discount > 0
  UNION ALL
  SELECT v.saved_at, v.nth, 2, 0, CASE WHEN p.by_hand THEN 'manual_debit' ELSE 'card_payment' END, v.n, -p.amount,
    v.location_id, CASE WHEN NOT p.by_hand THEN v.id END, NULL, NULL, false, NULL, NULL, false, false,
    CASE WHEN p.by_hand THEN '{}' ELSE jsonb_build_object('reason', 'given', 'bound', 'available') END
  FROM made_payment p JOIN made_visit v ON v.id = p.visit_id
  UNION ALL
  SELECT granted_at, nth, 3, part, kind, n, amount, location_id, visit_id, NULL, id, false, promotion_id, terms_id,
    false, undone,
    CASE WHEN base IS NULL THEN '{}'
      ELSE jsonb_build_object('reason', 'given', 'base', trim_scale(base)::text, 'value', percent::text, 'unit', 'percent')
    END
  FROM made_lot
  UNION ALL
  SELECT ((last_on + 1) + time '00:05') AT TIME ZONE %(zone)s, nth, 4, part, 'burning', n, -amount, NULL, NULL, NULL, id,
    false, promotion_id, terms_id, false, false, jsonb_build_object('last_on', last_on)
  FROM made_lot WHERE is_burned
), all_of_them AS (
  SELECT * FROM written
  UNION ALL
  SELECT at + interval '10 minutes', nth, 5, part, kind, n, -amount, location_id, visit_id, line_id, lot_id, by_club,
    promotion_id, terms_id, true, false, '{}'
  FROM written WHERE undone
)
SELECT row_number() OVER (ORDER BY at, nth, role, part, n) + %(transaction)s AS id, * FROM all_of_them;
ANALYZE made_row;

-- == clients
INSERT INTO clients_client (id, chain_id, name, phone, email, birthday_on, comment, registered_at,
  registered_location_id, name_folded, spellings, search_grams)
SELECT n + %(client)s, %(chain)s, name, phone, email, NULL, '', ((%(first_day)s::date
    + floor(%(days)s::float * (n - 1) / %(clients)s)::int) + time '08:00') AT TIME ZONE %(zone)s,
  (%(locations)s::bigint[])[1 + n %% %(locations_count)s], folded,
  CASE WHEN email = '' THEN spellings ELSE spellings || ' ' || email END,
  ARRAY(
    SELECT DISTINCT piece COLLATE "C" FROM (
      SELECT unnest(pieces) AS piece
      UNION ALL
      SELECT left(word, beginning)
      FROM (VALUES (substr(phone, 2)), (email)) said (word), generate_series(1, 2) beginning
      WHERE word <> ''
      UNION ALL
      SELECT substr(phone, start, 3) FROM generate_series(2, length(phone) - 2) start
      UNION ALL
      SELECT substr(email, start, 3) FROM generate_series(1, length(email) - 2) start
    ) every ORDER BY 1
  )
FROM (
  SELECT n, '+49151' || (20000000 + n)::text AS phone, CASE WHEN n %% 3 = 0 THEN '' ELSE 'guest' || n || '@example.com' END AS email,
    1 + (n::bigint * 7919) %% %(names_count)s AS nth_name
  FROM generate_series(1, %(clients)s) n
) guest JOIN made_name ON made_name.nth = guest.nth_name;
INSERT INTO clients_clientevent (pgh_created_at, pgh_label, pgh_obj_id, id, chain_id, name, phone, email, birthday_on,
  comment, registered_at, registered_location_id)
SELECT registered_at, 'insert', id, id, chain_id, name, phone, email, birthday_on, comment, registered_at,
  registered_location_id
FROM clients_client WHERE chain_id = %(chain)s;

-- == cards
INSERT INTO loyalty_holder (id, chain_id, client_id, kind, balance, debt, keeps_balance)
SELECT n + %(holder)s, %(chain)s, n + %(client)s, 'card', coalesce(remaining, 0), 0, true
FROM generate_series(1, %(clients)s) n LEFT JOIN (
  SELECT n, sum(amount) AS remaining FROM made_lot WHERE NOT (undone OR is_burned OR spent_by IS NOT NULL) GROUP BY n
) held USING (n)
UNION ALL
SELECT (n + 3) / 4 + %(clients)s + %(holder)s, %(chain)s, n + %(client)s, 'card', 0, 0, true
FROM generate_series(1, %(clients)s, 4) n;
INSERT INTO loyalty_card (id, chain_id, client_id, card_type_id, number, number_folded, holder_id, issued_at,
  issued_by_id, for_new_client, blocked_at)
SELECT n + %(card)s, %(chain)s, c.id, %(bonus)s, number, number, n + %(holder)s, c.registered_at, %(desk)s, true,
  NULL::timestamptz
FROM generate_series(1, %(clients)s) n JOIN clients_client c ON c.id = n + %(client)s,
  LATERAL (SELECT (1000000000 + n)::text AS number) numbered
UNION ALL
SELECT (n + 3) / 4 + %(clients)s + %(card)s, %(chain)s, c.id, %(club)s, number, number,
  (n + 3) / 4 + %(clients)s + %(holder)s, c.registered_at, %(desk)s, false, NULL
FROM generate_series(1, %(clients)s, 4) n JOIN clients_client c ON c.id = n + %(client)s,
  LATERAL (SELECT (2000000000 + n)::text AS number) numbered;
INSERT INTO loyalty_cardevent (pgh_created_at, pgh_label, pgh_obj_id, id, chain_id, client_id, card_type_id, number,
  number_folded, holder_id, issued_at, issued_by_id, for_new_client, blocked_at)
SELECT issued_at, 'insert', id, id, chain_id, client_id, card_type_id, number, number_folded, holder_id, issued_at,
  issued_by_id, for_new_client, blocked_at
FROM loyalty_card WHERE chain_id = %(chain)s;

-- == kept visits
INSERT INTO visits_visit (id, chain_id, location_id, client_id, starts_at, starts_on, status, version, sold, discount,
  due, points_paid, paid, recorded, value, "left", sells_value, is_sale, has_covers, manual_discount, settled_at, saved_at, saved_by_id,
  referral_phone, inviter_id, referral_terms_id, referral_discount_terms_id, referral_cashback_terms_id)
SELECT v.id, %(chain)s, v.location_id, v.n + %(client)s, v.starts_at, v.starts_on, v.status,
  CASE v.status WHEN 'cancelled' THEN 2 ELSE 1 END, b.sold, b.discount, b.sold - b.discount, spent,
  CASE WHEN v.acts THEN b.sold - b.discount - spent - by_gift_card ELSE 0 END,
  CASE WHEN v.acts THEN b.sold - b.discount - spent - by_gift_card - by_account ELSE 0 END, 0,
  CASE WHEN v.acts THEN 0 ELSE b.sold - b.discount END, false, false, false, 0,
  CASE WHEN v.status = 'arrived' THEN v.saved_at END,
  CASE v.status WHEN 'cancelled' THEN v.saved_at + interval '10 minutes' ELSE v.saved_at END, %(desk)s,
  CASE WHEN v.is_invited THEN '+49151' || (20000000 + v.n - 1)::text ELSE '' END,
  CASE WHEN v.is_invited THEN v.n - 1 + %(client)s END,
  CASE WHEN v.is_invited THEN %(referral_terms)s END, CASE WHEN v.is_invited THEN %(invited_terms)s END,
  CASE WHEN v.is_invited THEN %(inviting_terms)s END
FROM made_visit v JOIN made_bill b ON b.visit_id = v.id
LEFT JOIN made_payment p ON p.visit_id = v.id AND NOT p.by_hand
LEFT JOIN made_use u ON u.visit_id = v.id, LATERAL (
  SELECT coalesce(p.amount, 0) AS spent, CASE u.kind WHEN 'gift_card' THEN 10 ELSE 0 END AS by_gift_card,
    CASE u.kind WHEN 'account' THEN 10 ELSE 0 END AS by_account
) means;
INSERT INTO visits_cancellation (visit_id, reason, cancelled_at, cancelled_by_id)
SELECT id, '', saved_at + interval '10 minutes', %(desk)s FROM made_visit WHERE status = 'cancelled';
INSERT INTO loyalty_referrallink (chain_id, guest_id, inviter_id, program_id, visit_id, made_at)
SELECT %(chain)s, n + %(client)s, n - 1 + %(client)s, %(program)s, id, saved_at FROM made_visit WHERE is_invited;

-- == kept lines, payments, points
INSERT INTO visits_visitline (id, visit_id, position, item_id, kind, category_id, quantity, unit_price, usual_price,
  manual_discount, sold, due, free_units, covered, covered_units, removed)
SELECT id, visit_id, position, item_id, kind, category_id, 1, price, price, 0, price, price - discount, 0, 0, 0, false
FROM made_line;
INSERT INTO visits_visitpayment (visit_id, position, method, amount)
SELECT id, 0, CASE WHEN id %% 3 = 0 THEN 'cash' ELSE 'card' END, recorded FROM visits_visit
WHERE chain_id = %(chain)s AND recorded > 0;
INSERT INTO visits_visitmeans (visit_id, position, holder_id, amount, with_code)
SELECT v.id, 0, v.n + %(holder)s, p.amount, true FROM made_payment p JOIN made_visit v ON v.id = p.visit_id
WHERE NOT p.by_hand
UNION ALL
SELECT visit_id, 0, holder_id, 10, true FROM made_use;

-- == promotions of visits
INSERT INTO visits_visitpromotion (visit_id, card_id, promotion_id, terms_id, card_type_terms_id, position, eligible,
  fired, free_units)
SELECT visit_id, n + %(card)s, promotion_id, terms_id, %(bonus_terms)s, NULL, true, true, 0
FROM made_lot WHERE visit_id IS NOT NULL AND NOT undone
UNION ALL
SELECT id, (n + 3) / 4 + %(clients)s + %(card)s, %(discount)s, %(discount_terms)s, %(club_terms)s, 0, status = 'arrived',
  status = 'arrived', 0
FROM made_visit WHERE acts AND n %% 4 = 1;

-- == changes of visits
INSERT INTO visits_visitchange (chain_id, location_id, visit_id, version, at, acting_user_id, kinds, days_after,
  due_before, due, taken_off, differences)
SELECT %(chain)s, v.location_id, v.id, 1, v.saved_at, %(desk)s, '{entered}'::varchar[], 0, NULL::numeric, b.sold - b.discount, 0,
  jsonb_build_array(
    jsonb_build_object('what', 'status', 'before', NULL, 'after', CASE WHEN v.acts THEN 'arrived' ELSE v.status END),
    jsonb_build_object('what', 'guest', 'before', NULL, 'after', v.n + %(client)s),
    jsonb_build_object('what', 'start', 'before', NULL, 'after', v.starts_at),
    jsonb_build_object('what', 'location', 'before', NULL, 'after', v.location_id)
  ) || b.lines
FROM made_visit v JOIN (
  SELECT visit_id, sum(price) AS sold, sum(discount) AS discount, jsonb_agg(
    jsonb_build_object('what', 'line', 'line', id, 'item', item_id, 'before', NULL, 'after',
      jsonb_build_object('quantity', 1, 'price', round(price, 2)::text, 'discount', '')) ORDER BY id) AS lines
  FROM made_line GROUP BY visit_id
) b ON b.visit_id = v.id
UNION ALL
SELECT %(chain)s, location_id, id, 2, saved_at + interval '10 minutes', %(desk)s, '{status,called_off}', 0,
  sold - discount, sold - discount, 0,
  jsonb_build_array(jsonb_build_object('what', 'status', 'before', 'arrived', 'after', 'cancelled'))
FROM made_visit JOIN made_bill ON visit_id = id WHERE status = 'cancelled';

-- == transactions
INSERT INTO loyalty_transaction (id, chain_id, at, location_id, client_id, kind, holder_id, amount, balance_after,
  card_id, promotion_id, promotion_terms_id, card_type_terms_id, visit_id, line_id, value_line_id, lot_id, turn,
  undoes_id, acting_user_id, why)
SELECT r.id, %(chain)s, r.at, r.location_id, r.n + %(client)s, r.kind,
  CASE WHEN r.kind <> 'promotion_discount' THEN r.n + %(holder)s END, r.amount,
  CASE WHEN r.kind <> 'promotion_discount'
    THEN sum(r.amount) FILTER (WHERE r.kind <> 'promotion_discount') OVER (PARTITION BY r.n ORDER BY r.id) END,
  CASE WHEN r.kind <> 'promotion_discount' THEN r.n + %(card)s
    WHEN r.by_club THEN (r.n + 3) / 4 + %(clients)s + %(card)s END,
  r.promotion_id, r.terms_id,
  CASE WHEN r.role IN (2, 3) AND r.kind <> 'manual_debit' THEN %(bonus_terms)s WHEN r.by_club THEN %(club_terms)s END,
  r.visit_id, r.line_id, NULL, CASE WHEN r.kind = 'burning' THEN r.lot_id END, 1, undone.id,
  CASE WHEN r.kind <> 'burning' THEN %(desk)s END, r.why
FROM made_row r LEFT JOIN (SELECT * FROM made_row WHERE undone) undone
  ON r.undoes AND (undone.nth, undone.kind, undone.part) = (r.nth, r.kind, r.part)
ORDER BY r.id;
INSERT INTO loyalty_transactioncomment (transaction_id, text)
SELECT id, 'For a fine story' FROM made_row WHERE kind IN ('manual_accrual', 'manual_debit');

-- == gift cards and accounts
CREATE TEMP TABLE made_value AS
WITH written AS (
  SELECT id AS holder_id, n, opened_at AS at, 1 AS role, kind || '_opening_balance' AS kind,
    CASE WHEN fate = 'used up' THEN 10 ELSE 25 END AS amount, NULL::bigint AS location_id, NULL::bigint AS visit_id,
    '{}'::jsonb AS why, false AS undoes
  FROM made_holder
  UNION ALL
  SELECT id, n, opened_at + interval '10 minutes', 2, 'account_top_up', 15, (%(locations)s::bigint[])[1], NULL, '{}',
    false
  FROM made_holder WHERE kind = 'account'
  UNION ALL
  SELECT id, n, opened_at + interval '10 minutes', 2, 'gift_card_opening_balance', -25, NULL, NULL, '{}', true
  FROM made_holder WHERE fate = 'returned'
  UNION ALL
  SELECT holder_id, n, saved_at, 3, kind || '_payment', -10, location_id, visit_id,
    jsonb_build_object('reason', 'given', 'bound', 'asked'), false
  FROM made_use
  UNION ALL
  SELECT id, n, ((last_on + 1) + time '00:05') AT TIME ZONE %(zone)s, 4, 'gift_card_expiry', -25, NULL, NULL,
    jsonb_build_object('reason', 'given', 'last_on', last_on), false
  FROM made_holder WHERE fate = 'expired' AND last_on < %(today)s
)
SELECT row_number() OVER (ORDER BY at, holder_id, role) + (SELECT max(id) FROM made_row) AS id, * FROM written;
INSERT INTO loyalty_holder (id, chain_id, client_id, kind, balance, debt, keeps_balance)
SELECT h.id, %(chain)s, CASE h.kind WHEN 'account' THEN h.n + %(client)s END, h.kind, sum(amount), 0, true
FROM made_holder h JOIN made_value v ON v.holder_id = h.id GROUP BY h.id, h.n, h.kind;
INSERT INTO loyalty_transaction (id, chain_id, at, location_id, client_id, kind, holder_id, amount, balance_after,
  visit_id, turn, undoes_id, acting_user_id, why)
SELECT id, %(chain)s, at, location_id, n + %(client)s, kind, holder_id, amount,
  sum(amount) OVER (PARTITION BY holder_id ORDER BY id), visit_id, 1,
  CASE WHEN undoes THEN first_value(id) OVER (PARTITION BY holder_id ORDER BY id) END,
  CASE WHEN kind <> 'gift_card_expiry' THEN %(desk)s END, why
FROM made_value ORDER BY id;
INSERT INTO loyalty_handedmoney (transaction_id, method)
SELECT id, 'cash' FROM made_value WHERE kind = 'account_top_up';
INSERT INTO loyalty_giftcard (chain_id, gift_card_type_id, terms_id, holder_id, number, number_folded, par, buyer_id,
  last_on, sold_at, sold_by_id, blocked_at, block_reason, last_on_reason)
SELECT %(chain)s, %(gift)s, %(gift_terms)s, id, number, number, CASE WHEN fate = 'used up' THEN 10 ELSE 25 END,
  n + %(client)s, CASE WHEN fate = 'expired' THEN last_on END, opened_at, %(desk)s,
  CASE WHEN fate = 'blocked' THEN %(today)s::date::timestamp AT TIME ZONE %(zone)s END,
  CASE WHEN fate = 'blocked' THEN 'Lost' ELSE '' END, ''
FROM made_holder, LATERAL (SELECT reverse((3000000000 + n)::text) AS number) numbered WHERE kind = 'gift_card' ORDER BY n;
INSERT INTO loyalty_giftcardevent (pgh_created_at, pgh_label, pgh_obj_id, id, chain_id, gift_card_type_id, terms_id,
  holder_id, number, number_folded, par, buyer_id, last_on, sold_at, sold_by_id, blocked_at, block_reason,
  last_on_reason)
SELECT sold_at, 'insert', id, id, chain_id, gift_card_type_id, terms_id, holder_id, number, number_folded, par,
  buyer_id, last_on, sold_at, sold_by_id, blocked_at, block_reason, last_on_reason
FROM loyalty_giftcard WHERE chain_id = %(chain)s;
INSERT INTO loyalty_account (chain_id, client_id, account_type_id, terms_id, holder_id, opened_at, opened_by_id,
  blocked_at, block_reason)
SELECT %(chain)s, n + %(client)s, %(account)s, %(account_terms)s, id, opened_at, %(desk)s, NULL, ''
FROM made_holder WHERE kind = 'account' ORDER BY n;
INSERT INTO loyalty_accountevent (pgh_created_at, pgh_label, pgh_obj_id, id, chain_id, client_id, account_type_id,
  terms_id, holder_id, opened_at, opened_by_id, blocked_at, block_reason)
SELECT opened_at, 'insert', id, id, chain_id, client_id, account_type_id, terms_id, holder_id, opened_at, opened_by_id,
  blocked_at, block_reason
FROM loyalty_account WHERE chain_id = %(chain)s;

-- == lots and movements
INSERT INTO loyalty_lot (id, holder_id, transaction_id, remaining, granted_on, granted_at, rank, last_on,
  inactivity_count, inactivity_unit, ended_on)
SELECT l.id, l.n + %(holder)s, r.id, CASE WHEN undone_or_gone THEN 0 ELSE l.amount END, l.granted_on, l.granted_at, r.id,
  l.last_on, NULL, '', CASE WHEN l.is_burned THEN l.last_on END
FROM made_lot l JOIN made_row r ON r.lot_id = l.id AND r.role = 3,
  LATERAL (SELECT l.undone OR l.is_burned OR l.spent_by IS NOT NULL AS undone_or_gone) gone
ORDER BY l.id;
INSERT INTO loyalty_lotmovement (transaction_id, lot_id, amount)
SELECT id, lot_id, amount FROM made_row WHERE lot_id IS NOT NULL
UNION ALL
SELECT r.id, l.id, -l.amount FROM made_lot l JOIN made_visit v ON v.id = l.spent_by
JOIN made_row r ON r.nth = v.nth AND r.role = 2;

-- == sums of visits
INSERT INTO visits_visitsum (chain_id, of_month, "on", location_id, status, is_settled, has_guest, is_new,
  visits, sold, discount, manual_discount, due, points_paid, paid, "left", recorded)
SELECT chain_id, of_month, CASE WHEN of_month THEN date_trunc('month', starts_on)::date ELSE starts_on END AS first_on,
  location_id, status, settled_at IS NOT NULL AS is_settled, client_id IS NOT NULL AS has_guest, false,
  count(*), sum(sold), sum(discount), sum(manual_discount), sum(due), sum(points_paid), sum(paid), sum("left"), sum(recorded)
FROM visits_visit CROSS JOIN (VALUES (false), (true)) AS spans (of_month)
WHERE chain_id = %(chain)s
GROUP BY chain_id, of_month, first_on, location_id, status, is_settled, has_guest;
