"""Labels, titles and names have what can be seen only; nothing changes in the database."""

import accounts.models
import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trackers', '0006_room_for_updates'),
    ]

    operations = [
        migrations.AlterField(
            model_name='group',
            name='title',
            field=models.CharField(max_length=60, validators=[accounts.models.validate_seen, django.core.validators.RegexValidator('\\A[^<>]*\\Z', 'must not have < or >')]),
        ),
        migrations.AlterField(
            model_name='sensor',
            name='name',
            field=models.CharField(max_length=100, validators=[accounts.models.validate_seen, django.core.validators.RegexValidator('\\A[^<>]*\\Z', 'must not have < or >')]),
        ),
        migrations.AlterField(
            model_name='sensor',
            name='units',
            field=models.CharField(blank=True, max_length=32, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='source',
            name='model',
            field=models.CharField(default='osmand', max_length=64, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='source',
            name='phone',
            field=models.CharField(blank=True, max_length=32, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='tracker',
            name='label',
            field=models.CharField(max_length=60, validators=[accounts.models.validate_seen, django.core.validators.RegexValidator('\\A[^<>]*\\Z', 'must not have < or >')]),
        ),
    ]
