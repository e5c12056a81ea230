from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('transfers', '0002_operations'),
    ]

    operations = [
        migrations.AddField(
            model_name='transfer',
            name='request_id',
            field=models.CharField(blank=True, editable=False, help_text='Request, command or task that asked for it.', max_length=64),
        ),
    ]
