"""The database keeps where references stood whenever that changes; for links made before, the times that are known of them."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION screening_keep_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO screening_formerplace (reference_id, record_id, until) VALUES (OLD.id, OLD.record_id, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER place_is_kept AFTER UPDATE OF record_id ON screening_reference
    FOR EACH ROW WHEN (OLD.record_id IS DISTINCT FROM NEW.record_id) EXECUTE FUNCTION screening_keep_place();

CREATE FUNCTION screening_keep_root() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO screening_formerroot (record_id, merged_into_id, until) VALUES (OLD.id, OLD.merged_into_id, clock_timestamp());
    RETURN NULL;
END $$;
CREATE TRIGGER root_is_kept AFTER UPDATE OF merged_into_id ON screening_record
    FOR EACH ROW WHEN (OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id) EXECUTE FUNCTION screening_keep_root();

-- A link is as old as the ruling it rests on, or as the first search for duplicates after its file was imported.
INSERT INTO screening_formerplace (reference_id, record_id, until)
SELECT linked.id, linked.own_record_id, linked.at FROM (
    SELECT reference.id, reference.own_record_id, COALESCE(
        (SELECT min(event.at) FROM audit_auditevent event
         WHERE event.review_id = reference.review_id AND event.action = 'screening.duplicates.detected'
           AND event.at >= COALESCE(batch.finished_at, batch.created_at)),
        (SELECT min(pair.ruled_at) FROM screening_duplicatepair pair
         WHERE pair.state = 'same' AND reference.id IN (pair.first_id, pair.second_id))) AS at
    FROM screening_reference reference JOIN screening_importbatch batch ON batch.id = reference.batch_id
    WHERE reference.record_id <> reference.own_record_id
) AS linked WHERE linked.at IS NOT NULL;
INSERT INTO screening_formerroot (record_id, merged_into_id, until)
SELECT record.id, NULL, place.until FROM screening_record record
JOIN screening_formerplace place ON place.record_id = record.id WHERE record.merged_into_id IS NOT NULL;
"""
BACKWARDS = """
DROP TRIGGER root_is_kept ON screening_record;
DROP FUNCTION screening_keep_root();
DROP TRIGGER place_is_kept ON screening_reference;
DROP FUNCTION screening_keep_place();
"""


class Migration(migrations.Migration):
    dependencies = [("screening", "0023_where_references_stood_before"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
