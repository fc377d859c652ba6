"""Samples, partitioned by month; partitions are made by a function that staff may execute."""

from django.db import migrations

FORWARD = """
CREATE TABLE itsm_sample (
    series_id uuid NOT NULL,
    at timestamptz NOT NULL,
    value double precision NOT NULL,
    batch uuid NOT NULL,
    PRIMARY KEY (series_id, at)
) PARTITION BY RANGE (at);

CREATE FUNCTION plimsoll_ensure_partition(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', month);
    name text := 'itsm_sample_' || to_char(first, 'YYYYMM');
BEGIN
    IF first < date '1970-01-01' OR first > date '2200-01-01' THEN
        RAISE EXCEPTION 'A sample of % is outside 1970 to 2200.', first USING ERRCODE = 'check_violation';
    END IF;
    IF to_regclass(name) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(name));
        IF to_regclass(name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF itsm_sample FOR VALUES FROM (%L) TO (%L)',
                name, first::timestamp AT TIME ZONE 'UTC', (first + interval '1 month')::timestamp AT TIME ZONE 'UTC'
            );
        END IF;
    END IF;
END $$;
REVOKE ALL ON FUNCTION plimsoll_ensure_partition(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plimsoll_ensure_partition(date) TO plimsoll_staff;
"""
BACKWARD = "DROP FUNCTION plimsoll_ensure_partition(date); DROP TABLE itsm_sample;"


class Migration(migrations.Migration):
    """The partitioned table behind itsm.Sample."""

    dependencies = [("itsm", "0001_kernel")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
