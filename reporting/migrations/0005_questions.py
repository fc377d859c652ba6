from django.db import migrations, models


class Migration(migrations.Migration):
    """A customer may ask about a figure without disputing it."""

    dependencies = [("reporting", "0004_list_order")]

    operations = [
        migrations.AlterField(
            model_name="reportfeedback",
            name="kind",
            field=models.CharField(
                choices=[
                    ("READ", "Read"),
                    ("ACKNOWLEDGED", "Acknowledged"),
                    ("REMARKS", "Acknowledged with remarks"),
                    ("QUESTION", "Question"),
                    ("DISPUTED", "Disputed"),
                ],
                max_length=12,
                verbose_name="answer",
            ),
        ),
    ]
