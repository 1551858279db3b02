"""What a vote stands on is written by the database: when it is given, and when its record is merged or parted."""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION screening_vote_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT COALESCE(merged_into_id, id) INTO NEW.stands_on_id FROM screening_record WHERE id = NEW.record_id;
    RETURN NEW;
END $$;
CREATE TRIGGER vote_stands BEFORE INSERT OR UPDATE OF record_id, stands_on_id ON screening_screeningdecision
    FOR EACH ROW EXECUTE FUNCTION screening_vote_stands();

CREATE FUNCTION screening_votes_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE screening_screeningdecision SET stands_on_id = COALESCE(NEW.merged_into_id, NEW.id) WHERE record_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER votes_follow AFTER UPDATE OF merged_into_id ON screening_record
    FOR EACH ROW WHEN (OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id) EXECUTE FUNCTION screening_votes_follow();

UPDATE screening_screeningdecision SET stands_on_id = record_id;
"""
BACKWARDS = """
DROP TRIGGER votes_follow ON screening_record;
DROP FUNCTION screening_votes_follow();
DROP TRIGGER vote_stands ON screening_screeningdecision;
DROP FUNCTION screening_vote_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("screening", "0018_votes_stand_on_a_record")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
