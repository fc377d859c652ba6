import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import itsm.fields
import itsm.history
import pgtrigger.compiler
import slas.models.agreements
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('itsm', '0002_samples'),
        ('itsm', '__first__'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='archived')),
                ('reference', models.CharField(help_text='Such as SLA-ACME-IT.', max_length=60, unique=True, verbose_name='reference')),
                ('kind', models.CharField(choices=[('SLA', 'Service level agreement'), ('OLA', 'Operational level agreement'), ('UNDERPINNING', 'Support agreement')], default='SLA', max_length=12, verbose_name='kind')),
                ('title', models.CharField(max_length=160, verbose_name='title')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('party', models.ForeignKey(help_text='The customer of an SLA, the supplier or internal group otherwise.', on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='itsm.party', verbose_name='with')),
            ],
            options={
                'verbose_name': 'agreement',
                'verbose_name_plural': 'agreements',
            },
        ),
        migrations.CreateModel(
            name='AgreementHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='archived')),
                ('reference', models.CharField(help_text='Such as SLA-ACME-IT.', max_length=60, verbose_name='reference')),
                ('kind', models.CharField(choices=[('SLA', 'Service level agreement'), ('OLA', 'Operational level agreement'), ('UNDERPINNING', 'Support agreement')], default='SLA', max_length=12, verbose_name='kind')),
                ('title', models.CharField(max_length=160, verbose_name='title')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo')),
                ('owner', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('party', models.ForeignKey(db_constraint=False, help_text='The customer of an SLA, the supplier or internal group otherwise.', on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='itsm.party', verbose_name='with')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='slas.agreement')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AgreementVersion',
            fields=[
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('number', models.PositiveSmallIntegerField(editable=False, verbose_name='version')),
                ('state', models.CharField(choices=[('DRAFT', 'Draft'), ('IN_FORCE', 'In force'), ('WITHDRAWN', 'Withdrawn')], default='DRAFT', editable=False, max_length=10, verbose_name='state')),
                ('starts_at', models.DateTimeField(verbose_name='in force from')),
                ('ends_at', models.DateTimeField(blank=True, help_text='Exclusive. Empty: open-ended.', null=True, verbose_name='until')),
                ('summary', models.TextField(blank=True, default='', verbose_name='what changed')),
                ('unknown_rule', models.CharField(choices=[('exclude', 'Left out of the agreed time'), ('up', 'Counted as available'), ('down', 'Counted as lost')], default='exclude', max_length=8, verbose_name='time without data')),
                ('notice_hours', models.PositiveIntegerField(default=0, help_text='Maintenance announced later counts as lost time.', verbose_name='notice of maintenance in hours')),
                ('allowance_minutes', models.PositiveIntegerField(blank=True, help_text='Empty: no limit.', null=True, verbose_name='agreed maintenance in minutes a month')),
                ('signed_by', models.CharField(blank=True, default='', editable=False, max_length=200, verbose_name='agreed by')),
                ('signed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='agreed')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='slas.agreement', verbose_name='agreement')),
                ('party', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='itsm.party')),
            ],
            options={
                'verbose_name': 'agreement version',
                'verbose_name_plural': 'agreement versions',
                'constraints': [models.UniqueConstraint(fields=('agreement', 'number'), name='slas_version_number'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='slas_version_ends_after_start', violation_error_message='An agreement must end after it starts.'), django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state', 'IN_FORCE')), expressions=[(slas.models.agreements.DateTimeRange('starts_at', 'ends_at', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&'), ('agreement', '=')], name='slas_version_no_overlap', violation_error_message='Another version of this agreement is in force in that time. End it first.')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='archived')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, help_text='Exclusive. Empty: open-ended.', null=True, verbose_name='until')),
                ('quantity', models.PositiveIntegerField(blank=True, null=True, verbose_name='quantity')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo')),
                ('agreement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='slas.agreement', verbose_name='agreement')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='itsm.party', verbose_name='customer')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='subscriptions', to='itsm.service', verbose_name='service')),
            ],
            options={
                'verbose_name': 'subscription',
                'verbose_name_plural': 'subscriptions',
                'constraints': [models.UniqueConstraint(condition=models.Q(('archived_at', None)), fields=('customer', 'service'), name='slas_subscription_once', violation_error_message='This customer already uses this service.'), models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='slas_subscription_ends_after_start', violation_error_message='A subscription must end after it starts.')],
            },
        ),
        migrations.CreateModel(
            name='AgreementVersionHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('number', models.PositiveSmallIntegerField(editable=False, verbose_name='version')),
                ('state', models.CharField(choices=[('DRAFT', 'Draft'), ('IN_FORCE', 'In force'), ('WITHDRAWN', 'Withdrawn')], default='DRAFT', editable=False, max_length=10, verbose_name='state')),
                ('starts_at', models.DateTimeField(verbose_name='in force from')),
                ('ends_at', models.DateTimeField(blank=True, help_text='Exclusive. Empty: open-ended.', null=True, verbose_name='until')),
                ('summary', models.TextField(blank=True, default='', verbose_name='what changed')),
                ('unknown_rule', models.CharField(choices=[('exclude', 'Left out of the agreed time'), ('up', 'Counted as available'), ('down', 'Counted as lost')], default='exclude', max_length=8, verbose_name='time without data')),
                ('notice_hours', models.PositiveIntegerField(default=0, help_text='Maintenance announced later counts as lost time.', verbose_name='notice of maintenance in hours')),
                ('allowance_minutes', models.PositiveIntegerField(blank=True, help_text='Empty: no limit.', null=True, verbose_name='agreed maintenance in minutes a month')),
                ('signed_by', models.CharField(blank=True, default='', editable=False, max_length=200, verbose_name='agreed by')),
                ('signed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='agreed')),
                ('agreement', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='slas.agreement', verbose_name='agreement')),
                ('party', models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='itsm.party')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='slas.agreementversion')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SubscriptionHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('archived_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='archived')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(blank=True, help_text='Exclusive. Empty: open-ended.', null=True, verbose_name='until')),
                ('quantity', models.PositiveIntegerField(blank=True, null=True, verbose_name='quantity')),
                ('is_demo', models.BooleanField(default=False, editable=False, verbose_name='demo')),
                ('agreement', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='slas.agreement', verbose_name='agreement')),
                ('customer', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='itsm.party', verbose_name='customer')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='slas.subscription')),
                ('service', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='itsm.service', verbose_name='service')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('reference', models.CharField(help_text='Such as P1-RESOLUTION; unique in the agreement.', max_length=60, verbose_name='reference')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('AVAILABILITY', 'Availability'), ('RESPONSE', 'Response time'), ('RESOLUTION', 'Resolution time')], max_length=12, verbose_name='kind')),
                ('objective', itsm.fields.PercentField(decimal_places=6, max_digits=9, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='objective in per cent')),
                ('limit_seconds', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='within, in seconds of service time')),
                ('limit_working_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='within working days')),
                ('day_rule', models.CharField(choices=[('keep_time', 'Same time of day'), ('end_of_day', 'End of the working day'), ('into_hours', 'Moved into service hours')], default='keep_time', max_length=10, verbose_name='working days end')),
                ('priority', models.PositiveSmallIntegerField(blank=True, help_text='Empty: all priorities.', null=True, verbose_name='priority')),
                ('pause_reasons', models.JSONField(blank=True, default=list, help_text='Empty: every pause stops the clock.', verbose_name='pauses that count')),
                ('min_sample', models.PositiveIntegerField(default=1, help_text='Fewer cases: not assessable.', verbose_name='least number of cases')),
                ('hours', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='itsm.servicehours', verbose_name='service hours')),
                ('party', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='itsm.party')),
                ('service', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='itsm.service', verbose_name='service')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='slas.agreementversion', verbose_name='agreement version')),
            ],
            options={
                'verbose_name': 'target',
                'verbose_name_plural': 'targets',
                'constraints': [models.UniqueConstraint(fields=('version', 'reference'), name='slas_target_reference', violation_error_message='This agreement already has a target with that reference.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'AVAILABILITY'), ('limit_seconds', None), ('limit_working_days', None)), models.Q(models.Q(('kind', 'AVAILABILITY'), _negated=True), models.Q(models.Q(('limit_seconds__gt', 0), ('limit_working_days', None)), models.Q(('limit_seconds', None), ('limit_working_days__gt', 0)), _connector='OR')), _connector='OR'), name='slas_target_limit', violation_error_message='Response and resolution need one limit, in service time or in working days; availability has none.')],
            },
        ),
        migrations.CreateModel(
            name='Evaluation',
            fields=[
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('period', models.CharField(max_length=20, verbose_name='period')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('state', models.CharField(choices=[('PROVISIONAL', 'Provisional'), ('FINAL', 'Final')], max_length=12, verbose_name='state')),
                ('as_of', models.DateTimeField(verbose_name='as of')),
                ('numerator', models.DecimalField(decimal_places=6, max_digits=24, verbose_name='numerator')),
                ('denominator', models.DecimalField(decimal_places=6, max_digits=24, verbose_name='denominator')),
                ('value', models.DecimalField(decimal_places=12, max_digits=16, null=True, verbose_name='value')),
                ('met', models.BooleanField(null=True, verbose_name='met')),
                ('completeness', models.DecimalField(decimal_places=9, max_digits=10, verbose_name='completeness')),
                ('engine', models.CharField(max_length=80, verbose_name='engine')),
                ('inputs_sha256', models.CharField(max_length=64, verbose_name='digest of the inputs')),
                ('trace', models.JSONField(verbose_name='trace')),
                ('superseded_at', models.DateTimeField(null=True, verbose_name='superseded')),
                ('reason', models.CharField(blank=True, default='', max_length=300, verbose_name='reason')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='itsm.party')),
                ('supersedes', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='slas.evaluation')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='slas.target', verbose_name='target')),
            ],
            options={
                'verbose_name': 'evaluation',
                'verbose_name_plural': 'evaluations',
                'indexes': [models.Index(fields=['party', 'starts_at'], name='slas_evaluation_reader')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('superseded_at', None)), fields=('party', 'target', 'period'), name='slas_evaluation_current_once'), models.CheckConstraint(condition=models.Q(models.Q(('met', None), ('value', None)), ('value__isnull', False), _connector='OR'), name='slas_evaluation_verdict')],
            },
        ),
        migrations.CreateModel(
            name='TargetHistory',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=itsm.fields.uuid7, editable=False, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('reference', models.CharField(help_text='Such as P1-RESOLUTION; unique in the agreement.', max_length=60, verbose_name='reference')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('kind', models.CharField(choices=[('AVAILABILITY', 'Availability'), ('RESPONSE', 'Response time'), ('RESOLUTION', 'Resolution time')], max_length=12, verbose_name='kind')),
                ('objective', itsm.fields.PercentField(decimal_places=6, max_digits=9, validators=[django.core.validators.MinValueValidator(Decimal('0')), django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='objective in per cent')),
                ('limit_seconds', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='within, in seconds of service time')),
                ('limit_working_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='within working days')),
                ('day_rule', models.CharField(choices=[('keep_time', 'Same time of day'), ('end_of_day', 'End of the working day'), ('into_hours', 'Moved into service hours')], default='keep_time', max_length=10, verbose_name='working days end')),
                ('priority', models.PositiveSmallIntegerField(blank=True, help_text='Empty: all priorities.', null=True, verbose_name='priority')),
                ('pause_reasons', models.JSONField(blank=True, default=list, help_text='Empty: every pause stops the clock.', verbose_name='pauses that count')),
                ('min_sample', models.PositiveIntegerField(default=1, help_text='Fewer cases: not assessable.', verbose_name='least number of cases')),
                ('hours', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='itsm.servicehours', verbose_name='service hours')),
                ('party', models.ForeignKey(db_constraint=False, editable=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='itsm.party')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='slas.target')),
                ('service', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='itsm.service', verbose_name='service')),
                ('version', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='slas.agreementversion', verbose_name='agreement version')),
            ],
            options={
                'abstract': False,
            },
        ),
        itsm.history.AddTrigger(
            model_name='agreement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "slas_agreementhistory" ("archived_at", "created_at", "id", "is_demo", "kind", "owner_id", "party_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "title", "updated_at") VALUES (NEW."archived_at", NEW."created_at", NEW."id", NEW."is_demo", NEW."kind", NEW."owner_id", NEW."party_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reference", NEW."title", NEW."updated_at"); RETURN NULL;', hash='a46066380edc9d6988f632096274d27683cde20c', operation='INSERT', pgid='pgtrigger_insert_insert_947a3', table='slas_agreement', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='agreement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "slas_agreementhistory" ("archived_at", "created_at", "id", "is_demo", "kind", "owner_id", "party_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "title", "updated_at") VALUES (NEW."archived_at", NEW."created_at", NEW."id", NEW."is_demo", NEW."kind", NEW."owner_id", NEW."party_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reference", NEW."title", NEW."updated_at"); RETURN NULL;', hash='3bd441945d349ab48c787a4be320e42fa2c3dcf1', operation='UPDATE', pgid='pgtrigger_update_update_31de8', table='slas_agreement', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='agreement',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "slas_agreementhistory" ("archived_at", "created_at", "id", "is_demo", "kind", "owner_id", "party_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reference", "title", "updated_at") VALUES (OLD."archived_at", OLD."created_at", OLD."id", OLD."is_demo", OLD."kind", OLD."owner_id", OLD."party_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."reference", OLD."title", OLD."updated_at"); RETURN NULL;', hash='1f6b8cb028d3082aaab6c2d6a6d3f191176122d0', operation='DELETE', pgid='pgtrigger_delete_delete_92b9f', table='slas_agreement', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = 'IN_FORCE')", func="\nIF current_user = 'plimsoll_owner' THEN\n  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n  RETURN NEW;\nEND IF;\nIF TG_OP = 'DELETE' THEN\n  RAISE EXCEPTION 'An agreement version in force is frozen and cannot be deleted.' USING ERRCODE = 'check_violation';\nEND IF;\nIF (to_jsonb(NEW) - ARRAY['updated_at', 'ends_at', 'state']::text[]) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['updated_at', 'ends_at', 'state']::text[]) THEN\n  RAISE EXCEPTION 'An agreement version in force is frozen: make a new version that supersedes it.' USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NEW;\n", hash='fedc318dcf67dcdde3fe458d066f21ba3070396d', operation='UPDATE OR DELETE', pgid='pgtrigger_frozen_bed4b', table='slas_agreementversion', when='BEFORE')),
        ),
        itsm.history.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "slas_agreementversionhistory" ("agreement_id", "allowance_minutes", "created_at", "ends_at", "id", "notice_hours", "number", "party_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signed_at", "signed_by", "starts_at", "state", "summary", "unknown_rule", "updated_at") VALUES (NEW."agreement_id", NEW."allowance_minutes", NEW."created_at", NEW."ends_at", NEW."id", NEW."notice_hours", NEW."number", NEW."party_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."signed_at", NEW."signed_by", NEW."starts_at", NEW."state", NEW."summary", NEW."unknown_rule", NEW."updated_at"); RETURN NULL;', hash='a95e312f5dd5d304e4a5e7c6a71424139e785150', operation='INSERT', pgid='pgtrigger_insert_insert_57127', table='slas_agreementversion', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "slas_agreementversionhistory" ("agreement_id", "allowance_minutes", "created_at", "ends_at", "id", "notice_hours", "number", "party_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signed_at", "signed_by", "starts_at", "state", "summary", "unknown_rule", "updated_at") VALUES (NEW."agreement_id", NEW."allowance_minutes", NEW."created_at", NEW."ends_at", NEW."id", NEW."notice_hours", NEW."number", NEW."party_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."signed_at", NEW."signed_by", NEW."starts_at", NEW."state", NEW."summary", NEW."unknown_rule", NEW."updated_at"); RETURN NULL;', hash='81644a288ead25690469b90cf44dba18a84e267e', operation='UPDATE', pgid='pgtrigger_update_update_1af34', table='slas_agreementversion', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='agreementversion',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "slas_agreementversionhistory" ("agreement_id", "allowance_minutes", "created_at", "ends_at", "id", "notice_hours", "number", "party_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signed_at", "signed_by", "starts_at", "state", "summary", "unknown_rule", "updated_at") VALUES (OLD."agreement_id", OLD."allowance_minutes", OLD."created_at", OLD."ends_at", OLD."id", OLD."notice_hours", OLD."number", OLD."party_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."signed_at", OLD."signed_by", OLD."starts_at", OLD."state", OLD."summary", OLD."unknown_rule", OLD."updated_at"); RETURN NULL;', hash='cb8d76089646dd0255bbf1b584a5f2275e22a5b5', operation='DELETE', pgid='pgtrigger_delete_delete_f4650', table='slas_agreementversion', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='subscription',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "slas_subscriptionhistory" ("agreement_id", "archived_at", "created_at", "customer_id", "ends_at", "id", "is_demo", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "service_id", "starts_at", "updated_at") VALUES (NEW."agreement_id", NEW."archived_at", NEW."created_at", NEW."customer_id", NEW."ends_at", NEW."id", NEW."is_demo", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."quantity", NEW."service_id", NEW."starts_at", NEW."updated_at"); RETURN NULL;', hash='4aca248d011f4a25ebfad21c857bd94bd35f6979', operation='INSERT', pgid='pgtrigger_insert_insert_db7d5', table='slas_subscription', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='subscription',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "slas_subscriptionhistory" ("agreement_id", "archived_at", "created_at", "customer_id", "ends_at", "id", "is_demo", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "service_id", "starts_at", "updated_at") VALUES (NEW."agreement_id", NEW."archived_at", NEW."created_at", NEW."customer_id", NEW."ends_at", NEW."id", NEW."is_demo", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."quantity", NEW."service_id", NEW."starts_at", NEW."updated_at"); RETURN NULL;', hash='e98ec92a9c506fbc11d62cf5376ce81e4f994f91', operation='UPDATE', pgid='pgtrigger_update_update_e81d9', table='slas_subscription', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='subscription',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "slas_subscriptionhistory" ("agreement_id", "archived_at", "created_at", "customer_id", "ends_at", "id", "is_demo", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quantity", "service_id", "starts_at", "updated_at") VALUES (OLD."agreement_id", OLD."archived_at", OLD."created_at", OLD."customer_id", OLD."ends_at", OLD."id", OLD."is_demo", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."quantity", OLD."service_id", OLD."starts_at", OLD."updated_at"); RETURN NULL;', hash='d1149e5a78750e15507beee4ef2b34c6cbdf0f60', operation='DELETE', pgid='pgtrigger_delete_delete_b1afe', table='slas_subscription', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='target',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "slas_targethistory" ("created_at", "day_rule", "hours_id", "id", "kind", "limit_seconds", "limit_working_days", "min_sample", "name", "objective", "party_id", "pause_reasons", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "reference", "service_id", "updated_at", "version_id") VALUES (NEW."created_at", NEW."day_rule", NEW."hours_id", NEW."id", NEW."kind", NEW."limit_seconds", NEW."limit_working_days", NEW."min_sample", NEW."name", NEW."objective", NEW."party_id", NEW."pause_reasons", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."priority", NEW."reference", NEW."service_id", NEW."updated_at", NEW."version_id"); RETURN NULL;', hash='ae8f0c3704da7f09ee73ec2e21486ceb6c73fd5b', operation='INSERT', pgid='pgtrigger_insert_insert_32c7a', table='slas_target', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='target',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "slas_targethistory" ("created_at", "day_rule", "hours_id", "id", "kind", "limit_seconds", "limit_working_days", "min_sample", "name", "objective", "party_id", "pause_reasons", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "reference", "service_id", "updated_at", "version_id") VALUES (NEW."created_at", NEW."day_rule", NEW."hours_id", NEW."id", NEW."kind", NEW."limit_seconds", NEW."limit_working_days", NEW."min_sample", NEW."name", NEW."objective", NEW."party_id", NEW."pause_reasons", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."priority", NEW."reference", NEW."service_id", NEW."updated_at", NEW."version_id"); RETURN NULL;', hash='9f7d82bdf1f4770e4f0441860b0a264d3aac7e8a', operation='UPDATE', pgid='pgtrigger_update_update_06c30', table='slas_target', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='target',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "slas_targethistory" ("created_at", "day_rule", "hours_id", "id", "kind", "limit_seconds", "limit_working_days", "min_sample", "name", "objective", "party_id", "pause_reasons", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "reference", "service_id", "updated_at", "version_id") VALUES (OLD."created_at", OLD."day_rule", OLD."hours_id", OLD."id", OLD."kind", OLD."limit_seconds", OLD."limit_working_days", OLD."min_sample", OLD."name", OLD."objective", OLD."party_id", OLD."pause_reasons", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."priority", OLD."reference", OLD."service_id", OLD."updated_at", OLD."version_id"); RETURN NULL;', hash='82277e5f02d7de9fe1808798205dbe591ea722ce', operation='DELETE', pgid='pgtrigger_delete_delete_33525', table='slas_target', when='AFTER')),
        ),
        itsm.history.AddTrigger(
            model_name='evaluation',
            trigger=pgtrigger.compiler.Trigger(name='frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.state = 'FINAL')", func="\nIF current_user = 'plimsoll_owner' THEN\n  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n  RETURN NEW;\nEND IF;\nIF TG_OP = 'DELETE' THEN\n  RAISE EXCEPTION 'A final evaluation is frozen and cannot be deleted.' USING ERRCODE = 'check_violation';\nEND IF;\nIF (to_jsonb(NEW) - ARRAY['updated_at', 'superseded_at']::text[]) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['updated_at', 'superseded_at']::text[]) THEN\n  RAISE EXCEPTION 'A final evaluation is frozen: make a new version that supersedes it.' USING ERRCODE = 'check_violation';\nEND IF;\nRETURN NEW;\n", hash='46f6c7d286c2b72cb1c5f7c47bb156b5e3ff9816', operation='UPDATE OR DELETE', pgid='pgtrigger_frozen_0172b', table='slas_evaluation', when='BEFORE')),
        ),
    ]
