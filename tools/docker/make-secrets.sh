#!/bin/sh
# Makes the secrets that are missing below secrets/, each random and in a file of its own. Those there are left as they
# are. The folder lets its owner in alone; the files can be read by the accounts inside the containers.
set -eu
cd "$(dirname "$0")/../.."
umask 077
mkdir -p secrets certificates
random() { od -An -N48 -tx1 /dev/urandom | tr -d ' \n'; }
for name in secret_key postgres_password portal_db_password portal_pages_db_password portal_jobs_db_password; do
    [ -s "secrets/$name" ] || random > "secrets/$name"
done
# Empty until they are needed: earlier values of secret_key, and the mail server's password.
for name in secret_key_fallbacks email_password; do
    [ -e "secrets/$name" ] || : > "secrets/$name"
done
chmod 700 secrets
chmod 444 secrets/*
# The proxy's account reads these; an installation's own certificate and key go here.
chmod 755 certificates
