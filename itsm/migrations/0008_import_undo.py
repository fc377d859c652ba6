"""What an import wrote, and the owner's function that takes the events of a young import back."""

import django.db.models.deletion
import django.db.models.functions.datetime
import itsm.fields
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION plimsoll_undo_import(undone uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE gone integer;
BEGIN
    UPDATE itsm_importrun SET state = 'UNDONE', undone_at = now(), updated_at = now()
    WHERE id = undone AND state = 'APPLIED' AND applied_at > now() - interval '7 days';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Only an import of the last 7 days can be undone.' USING ERRCODE = 'check_violation';
    END IF;
    DELETE FROM itsm_ticketevent e USING itsm_importedrecord w, itsm_importrun r
    WHERE r.id = undone AND w.run_id = r.id AND w.model = 'itsm.ticket' AND w.created_at = r.applied_at
      AND e.ticket_id = w.record AND e.created_at = r.applied_at
      AND e.sequence BETWEEN w.first_event AND w.last_event;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION plimsoll_undo_import(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plimsoll_undo_import(uuid) TO plimsoll_staff;
"""
BACKWARD = "DROP FUNCTION plimsoll_undo_import(uuid);"


class Migration(migrations.Migration):

    dependencies = [
        ('itsm', '0007_files_of_records'),
    ]

    operations = [
        migrations.AddField(
            model_name='importrun',
            name='undone_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='undone'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='undone_by',
            field=models.CharField(blank=True, default='', max_length=160, verbose_name='undone by'),
        ),
        migrations.AlterField(
            model_name='importrun',
            name='state',
            field=models.CharField(choices=[('READING', 'Being read'), ('MAPPED', 'Columns chosen'), ('PREVIEWED', 'Previewed'), ('APPLIED', 'Applied'), ('REFUSED', 'Refused'), ('UNDONE', 'Undone')], default='MAPPED', max_length=10, verbose_name='state'),
        ),
        migrations.CreateModel(
            name='ImportedRecord',
            fields=[
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('model', models.CharField(max_length=60, verbose_name='model')),
                ('record', models.UUIDField(verbose_name='record')),
                ('instant', models.DateTimeField(null=True, verbose_name='instant')),
                ('former', models.JSONField(null=True, verbose_name='former values')),
                ('first_event', models.PositiveIntegerField(null=True, verbose_name='first event')),
                ('last_event', models.PositiveIntegerField(null=True, verbose_name='last event')),
                ('stamp', models.DateTimeField(null=True, verbose_name='changed')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='written', to='itsm.importrun', verbose_name='import')),
            ],
            options={
                'verbose_name': 'imported record',
                'verbose_name_plural': 'imported records',
                'indexes': [models.Index(fields=['run', 'model', 'record'], name='itsm_importedrecord_run')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
