"""Texts of people have what can be seen only; nothing changes in the database."""

import accounts.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_login_security'),
    ]

    operations = [
        migrations.AlterField(
            model_name='apikey',
            name='title',
            field=models.CharField(max_length=255, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='comment',
            field=models.CharField(blank=True, max_length=255, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='iec',
            field=models.CharField(blank=True, max_length=32, validators=[accounts.models.validate_seen], verbose_name='industrial classifier'),
        ),
        migrations.AlterField(
            model_name='contact',
            name='legal_name',
            field=models.CharField(blank=True, max_length=255, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='middle_name',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='okpo_code',
            field=models.CharField(blank=True, max_length=32, validators=[accounts.models.validate_seen], verbose_name='OKPO code'),
        ),
        migrations.AlterField(
            model_name='contact',
            name='post_city',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='post_country',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='post_index',
            field=models.CharField(blank=True, max_length=32, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='post_region',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='post_street_address',
            field=models.CharField(blank=True, max_length=255, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='registered_city',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='registered_country',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='registered_index',
            field=models.CharField(blank=True, max_length=32, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='registered_region',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='registered_street_address',
            field=models.CharField(blank=True, max_length=255, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='contact',
            name='state_reg_num',
            field=models.CharField(blank=True, max_length=15, validators=[accounts.models.validate_seen], verbose_name='registration number'),
        ),
        migrations.AlterField(
            model_name='contact',
            name='tin',
            field=models.CharField(blank=True, max_length=32, validators=[accounts.models.validate_seen], verbose_name='tax number'),
        ),
        migrations.AlterField(
            model_name='dealer',
            name='title',
            field=models.CharField(max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='securitygroup',
            name='label',
            field=models.CharField(max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='user',
            name='first_name',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='user',
            name='last_name',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='user',
            name='login',
            field=models.EmailField(error_messages={'unique': 'login already in use'}, max_length=254, unique=True, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='user',
            name='phone',
            field=models.CharField(blank=True, max_length=32, validators=[accounts.models.validate_seen]),
        ),
        migrations.AlterField(
            model_name='user',
            name='title',
            field=models.CharField(blank=True, max_length=100, validators=[accounts.models.validate_seen]),
        ),
    ]
