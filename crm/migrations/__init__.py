"""Alembic's migrations, run by the program itself (crm.migrate); there is no alembic.ini."""
