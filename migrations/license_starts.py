"""The function that records starts, of any schools together: the rule itself.

Migration 0018 made it; 0024 changed how it looks for the license that a pupil holds.
"""

# The license that a pupil holds in a pool. Without the school both indexes of `license` looked
# equally good while the table was small, and a plan of that hour may have chosen the one that then
# had to be read from end to end, for every start. With it either leads to a few rows.
HELD = "l.school_id = s.school_id AND l.pool_id = q.id AND l.released_at IS NULL"
HELD_BEFORE_0024 = "l.pool_id = q.id AND l.released_at IS NULL"

# What is known of each start at one moment: its first answer, its pupil, and the best pool. Each
# look-up names the start's own school, as row-level security lets all schools of the call by.
_FACT = """
    CREATE TYPE license_start_fact AS (
        place integer, school_id uuid, person_id uuid, activity_kind text, activity_id text,
        started_at timestamptz, idempotency_key text, fingerprint bytea, is_plausible boolean,
        use_id uuid, new_license_id uuid, entry_id uuid,
        first_use_id uuid, first_fingerprint bytea, first_license_id uuid, first_product text,
        first_used_now boolean, first_left integer,
        is_active boolean, holder_id uuid, license_product text, pool_id uuid,
        granted integer, used integer, overdraft integer, held_id uuid, pools uuid[]);
"""
_FACTS = """
    CREATE OR REPLACE FUNCTION license_start_facts(p_starts jsonb)
    RETURNS SETOF license_start_fact LANGUAGE sql STABLE AS $$
        SELECT s.place, s.school_id, s.person_id, s.activity_kind, s.activity_id, s.started_at,
            s.key, decode(s.fingerprint, 'hex'), s.is_plausible, s.use_id, s.license_id, s.entry_id,
            a.use_id, a.fingerprint, a.license_id, visible.code, a.license_used_now,
            a.licenses_left,
            p.id IS NOT NULL, coalesce(m.into_person_id, s.person_id),
            c.code, c.pool_id, c.granted, c.used, c.overdraft, c.held_id, c.pools
        FROM jsonb_to_recordset(p_starts) AS s(
            place integer, school_id uuid, only_product text, person_id uuid,
            license_product text, product text, leergebied text, schooljaar text,
            activity_kind text, activity_id text, started_at timestamptz, key text,
            fingerprint text, is_plausible boolean, use_id uuid, license_id uuid, entry_id uuid)
        -- LIMIT 1 keeps each look-up one: a plan that joined whole tables would do while they are
        -- small, and be kept when they are not.
        LEFT JOIN LATERAL (
            SELECT * FROM license_answer a
            WHERE a.idempotency_key = s.key AND a.person_id = s.person_id
                AND a.school_id = s.school_id LIMIT 1) a ON true
        LEFT JOIN LATERAL (
            SELECT lp.code FROM license l JOIN license_pool q ON q.id = l.pool_id
            JOIN license_product lp ON lp.code = q.license_product
            WHERE l.id = a.license_id AND (s.only_product IS NULL OR lp.product = s.only_product)
            LIMIT 1) visible ON true
        LEFT JOIN LATERAL (
            SELECT p.id FROM license_person p
            WHERE p.id = s.person_id AND p.school_id = s.school_id
                AND p.role = 'pupil' AND p.state = 'active' LIMIT 1) p ON true
        LEFT JOIN LATERAL (
            SELECT m.into_person_id FROM license_merge m
            WHERE m.person_id = s.person_id AND m.school_id = s.school_id LIMIT 1) m ON true
        LEFT JOIN LATERAL (
            SELECT lp.code, q.id AS pool_id, q.granted, q.used, q.overdraft, l.id AS held_id,
                array_agg(q.id) OVER () AS pools
            FROM license_product lp
            LEFT JOIN LATERAL (
                SELECT * FROM license_pool q
                WHERE q.school_id = s.school_id AND q.license_product = lp.code
                    AND q.schooljaar = s.schooljaar LIMIT 1) q ON true
            LEFT JOIN LATERAL (
                SELECT l.id FROM license l
                WHERE %held%
                    -- Not coalesce: row-level security keeps what might leak from an index.
                    AND l.person_id = CASE WHEN m.into_person_id IS NULL THEN s.person_id
                        ELSE m.into_person_id END LIMIT 1) l ON true
            WHERE (lp.code = s.license_product OR lp.product = s.product)
                AND (s.leergebied IS NULL OR lp.leergebied IS NULL
                    OR lp.leergebied = s.leergebied)
                AND (s.only_product IS NULL OR lp.product = s.only_product)
            ORDER BY l.id IS NULL, q.used < q.granted + q.overdraft DESC NULLS LAST,
                lp.leergebied IS NULL, lp.code
            LIMIT 1) c ON true
    $$;
"""

# The whole rule of a start, for any number of starts of any schools, in one transaction.
_START = """
    CREATE FUNCTION start_license_uses(p_starts jsonb, p_waits boolean)
    RETURNS TABLE (
        place integer, outcome text, use_id uuid, license_id uuid, license_product text,
        used_now boolean, licenses_left integer)
    LANGUAGE plpgsql
    SET lock_timeout = '5s'
    -- A plan that was made while a table was small must do as well when it is not.
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan SET jit = off
    AS $$
    #variable_conflict use_column
    DECLARE
        facts license_start_fact[];
        drawn uuid[];
        locked uuid[];
    BEGIN
        -- Row-level security: what follows sees the rows of the schools it was called for.
        PERFORM set_config('app.school_ids', (
            SELECT string_agg(DISTINCT s ->> 'school_id', ',')
            FROM jsonb_array_elements(p_starts) s), true);
        SELECT array_agg(f) INTO facts FROM license_start_facts(p_starts) f;
        SELECT array_agg(DISTINCT pool) INTO drawn
        FROM unnest(facts) f CROSS JOIN unnest(f.pools) pool
        WHERE f.first_use_id IS NULL AND f.is_plausible AND f.is_active AND f.held_id IS NULL
            AND f.used < f.granted + f.overdraft;
        IF drawn IS NOT NULL THEN
            -- Who may use a pool's next license waits for it, and only then looks again. All lock
            -- in one order, so that nobody waits in a circle.
            IF p_waits THEN
                SELECT array_agg(p.id) INTO locked FROM (
                    SELECT id FROM license_pool WHERE id = ANY (drawn)
                    ORDER BY id FOR NO KEY UPDATE) p;
            ELSE
                SELECT array_agg(p.id) INTO locked FROM (
                    SELECT id FROM license_pool WHERE id = ANY (drawn)
                    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) p;
            END IF;
            SELECT array_agg(f) INTO facts FROM license_start_facts(p_starts) f;
        END IF;
        RETURN QUERY
        WITH judged AS (
            SELECT f.*, CASE
                WHEN f.first_use_id IS NOT NULL THEN CASE
                    WHEN f.first_product IS NULL THEN 'license_product_unknown'
                    WHEN f.first_fingerprint = f.fingerprint THEN 'repeated'
                    ELSE 'key_reused' END
                WHEN f.license_product IS NULL THEN 'license_product_unknown'
                WHEN NOT f.is_plausible THEN 'implausible'
                WHEN NOT f.is_active THEN 'person_unknown'
                WHEN f.held_id IS NOT NULL THEN 'held'
                WHEN f.pool_id IS NULL OR f.used >= f.granted + f.overdraft THEN 'none_left'
                WHEN f.pool_id = ANY (locked) THEN 'wanting'
                ELSE 'pool_busy' END AS verdict,
                f.granted + f.overdraft - f.used AS room
            FROM unnest(facts) f),
        firsts AS (
            SELECT j.*, j.verdict = 'wanting' AND 1 = row_number() OVER (
                PARTITION BY j.pool_id, j.holder_id, j.verdict ORDER BY j.place) AS is_first
            FROM judged j),
        turns AS (
            SELECT f.*, count(*) FILTER (WHERE f.is_first) OVER (
                PARTITION BY f.pool_id ORDER BY f.place) AS turn
            FROM firsts f),
        settled AS (
            SELECT t.*, coalesce(t.held_id, first_value(t.new_license_id) OVER same) AS covers_id,
                t.verdict = 'held' OR
                    t.verdict = 'wanting' AND first_value(t.turn) OVER same <= t.room AS is_new,
                (t.granted - t.used - least(t.turn, greatest(t.room, 0)))::integer AS remaining
            FROM turns t
            WINDOW same AS (
                PARTITION BY t.pool_id, t.holder_id, t.verdict ORDER BY t.place)),
        given AS (
            INSERT INTO license (id, school_id, pool_id, person_id)
            SELECT s.new_license_id, s.school_id, s.pool_id, s.holder_id
            FROM settled s WHERE s.is_new AND s.is_first),
        entered AS (
            INSERT INTO license_entry (id, school_id, pool_id, kind, amount, license_id)
            SELECT s.entry_id, s.school_id, s.pool_id, 'use', -1, s.new_license_id
            FROM settled s WHERE s.is_new AND s.is_first),
        answered AS (
            INSERT INTO license_answer (idempotency_key, person_id, school_id, fingerprint,
                use_id, license_id, license_used_now, licenses_left)
            SELECT s.idempotency_key, s.person_id, s.school_id, s.fingerprint, s.use_id,
                s.covers_id, s.is_first, s.remaining
            FROM settled s WHERE s.is_new
            -- Repeats in two transactions meet in one order too.
            ORDER BY s.idempotency_key, s.person_id),
        logged AS (
            INSERT INTO license_use (id, school_id, license_id, person_id, activity_kind,
                activity_id, started_at, license_used_now)
            SELECT s.use_id, s.school_id, s.covers_id, s.person_id, s.activity_kind,
                s.activity_id, s.started_at, s.is_first
            FROM settled s WHERE s.is_new)
        SELECT s.place,
            CASE WHEN s.is_new OR s.verdict = 'repeated' THEN 'recorded'
                WHEN s.verdict = 'wanting' THEN 'none_left' ELSE s.verdict END,
            CASE WHEN s.is_new THEN s.use_id WHEN s.verdict = 'repeated' THEN s.first_use_id END,
            CASE WHEN s.is_new THEN s.covers_id
                WHEN s.verdict = 'repeated' THEN s.first_license_id END,
            CASE WHEN s.verdict = 'repeated' THEN s.first_product ELSE s.license_product END,
            CASE WHEN s.is_new THEN s.is_first
                WHEN s.verdict = 'repeated' THEN s.first_used_now END,
            CASE WHEN s.is_new THEN s.remaining
                WHEN s.verdict = 'repeated' THEN s.first_left END
        FROM settled s ORDER BY s.place;
    END $$;
"""


def facts_function(held: str) -> str:
    """The statement that makes license_start_facts, which finds a held license by `held`."""
    return _FACTS.replace("%held%", held)


START_FUNCTIONS = _FACT + facts_function(HELD_BEFORE_0024) + _START

# The release before this one calls it, for one school at a time.
START_FUNCTION_OF_THE_RELEASE_BEFORE = """
    CREATE FUNCTION start_license_uses(p_school_id uuid, p_only_product text, p_starts jsonb)
    RETURNS TABLE (
        place integer, outcome text, use_id uuid, license_id uuid, license_product text,
        used_now boolean, licenses_left integer)
    LANGUAGE sql AS $$
        SELECT * FROM start_license_uses((
            SELECT jsonb_agg(s || jsonb_build_object(
                'school_id', p_school_id, 'only_product', p_only_product))
            FROM jsonb_array_elements(p_starts) s), true)
    $$;
"""
