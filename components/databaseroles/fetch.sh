#!/bin/bash
# Fetches what apply.sh needs into $FETCHED, a directory in memory that ends with the pod: who the master
# user is, the passwords of the login roles, and the certificates of RDS.
#
# Runs in the image of the AWS CLI, which brings bash, curl and jq. No secret is ever an argument of a
# process: arguments can be read from outside the container.
set -euo pipefail
umask 077
cd "$FETCHED"

fetch_secret() { # ARN, file
  aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text >"$2"
}

# password_lines writes a role's password twice, as psql asks for it. A secret of another role is refused: it
# has been rotated since this Job was made, and the roles are another Job's to make.
password_lines() { # file, role
  jq --exit-status --raw-output --arg role "$2" '
    if .username != $role then error("the secret is of \(.username), this Job of \($role)")
    elif (.password | length) == 0 then error("the secret of \($role) has no password")
    else .password, .password end' "$1"
}

fetch_secret "$MASTER_SECRET_ARN" master.json
fetch_secret "$APP_SECRET_ARN" app.json
fetch_secret "$MIGRATOR_SECRET_ARN" migrator.json

jq --exit-status --raw-output '.username' master.json >master-user
# The form of a password file, in which : and \ are escaped
# (https://www.postgresql.org/docs/16/libpq-pgpass.html).
jq --exit-status --raw-output '"*:*:*:*:" + (.password | gsub("(?<special>[\\\\:])"; "\\\(.special)"))' master.json >pgpass
password_lines app.json "$APP_ROLE" >passwords
password_lines migrator.json "$MIGRATOR_ROLE" >>passwords

# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.CertificatesAllRegions
curl --fail --silent --show-error --proto '=https' --retry 5 --max-time 60 --output rds-ca.pem \
  "https://truststore.pki.rds.amazonaws.com/$AWS_REGION/$AWS_REGION-bundle.pem"

echo "fetched the secrets and the certificates of $AWS_REGION"
