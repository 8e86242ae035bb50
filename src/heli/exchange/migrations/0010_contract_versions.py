import json
from hashlib import sha256

import django.db.models.deletion
from django.db import migrations, models


def note_present_versions(apps, schema_editor):
    resources = apps.get_model("exchange", "Resource")
    versions = apps.get_model("exchange", "ContractVersion")
    for row in resources.objects.all():
        text = json.dumps(row.contract, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        versions.objects.create(
            resource=row,
            version=row.contract_version,
            document=row.contract,
            digest=sha256(text.encode()).hexdigest(),
            connector=row.connector,
            options=row.options,
            published_at=row.published_at,
            published_by="heli",
            in_force_at=row.published_at,
        )


class Migration(migrations.Migration):
    dependencies = [("exchange", "0020_sources")]

    operations = [
        migrations.CreateModel(
            name="ContractVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=20)),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("connector", models.CharField(max_length=20)),
                ("options", models.JSONField(default=dict)),
                ("published_at", models.DateTimeField()),
                ("published_by", models.CharField(max_length=60)),
                ("in_force_at", models.DateTimeField(blank=True, null=True)),
                ("deprecated_at", models.DateTimeField(blank=True, null=True)),
                ("sunset_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_because", models.CharField(blank=True, max_length=300)),
                (
                    "resource",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="exchange.resource",
                    ),
                ),
            ],
            options={
                "ordering": ("resource", "-published_at", "-id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("resource", "version"),
                        name="exchange_contract_version_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("in_force_at", None), ("withdrawn_at", None)),
                        fields=("resource",),
                        name="exchange_contract_announced_once",
                    ),
                ],
            },
        ),
        migrations.RunPython(note_present_versions, migrations.RunPython.noop),
    ]
