#!/bin/sh
# Runs roles.sql as the master user, with what fetch.sh has left in $FETCHED; where the database is, is in
# libpq's own variables. The passwords of the login roles are psql's standard input.
set -eu

PGUSER=$(cat "$FETCHED/master-user")
PGPASSFILE=$FETCHED/pgpass
PGSSLROOTCERT=$FETCHED/rds-ca.pem
PGSSLMODE=verify-full
PGCONNECT_TIMEOUT=10
export PGUSER PGPASSFILE PGSSLROOTCERT PGSSLMODE PGCONNECT_TIMEOUT

exec psql --no-psqlrc --quiet --no-password \
  --set=app="$APP_ROLE" --set=app_previous="$APP_ROLE_PREVIOUS" \
  --set=migrator="$MIGRATOR_ROLE" --set=migrator_previous="$MIGRATOR_ROLE_PREVIOUS" \
  --file="$SCRIPTS/roles.sql" <"$FETCHED/passwords"
