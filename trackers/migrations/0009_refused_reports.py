"""Who was refused by a way in and why: a small table beside the others."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('trackers', '0008_texts_that_can_be_seen'),
    ]

    operations = [
        migrations.CreateModel(
            name='RefusedReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(max_length=16, verbose_name='way in')),
                ('address', models.CharField(blank=True, max_length=100)),
                ('device_id', models.CharField(blank=True, max_length=100)),
                ('reason', models.CharField(max_length=100)),
                ('time', models.DateTimeField(verbose_name='last time')),
                ('count', models.PositiveBigIntegerField()),
            ],
            options={
                'ordering': ['-time', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('way', 'address', 'device_id', 'reason'), name='one_row_for_each_refusal')],
            },
        ),
    ]
