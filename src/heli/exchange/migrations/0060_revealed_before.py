from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0050_list_pages"),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="revealed_before",
            field=models.JSONField(default=list),
        ),
    ]
