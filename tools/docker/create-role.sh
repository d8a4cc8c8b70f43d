#!/bin/sh
# Runs once, when the database volume is empty: the portal's database, and its roles, none of which is a superuser.
# portal owns the tables and migrates them; portal_pages and portal_jobs own nothing (docs/operations.md, "Roles").
set -eu
secret() { cat "/run/secrets/$1"; }
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set owner="$(secret portal_db_password)" \
    --set pages="$(secret portal_pages_db_password)" --set jobs="$(secret portal_jobs_db_password)" <<'SQL'
CREATE ROLE portal_web NOLOGIN;
CREATE ROLE portal_system NOLOGIN;
CREATE ROLE portal LOGIN PASSWORD :'owner' IN ROLE portal_web, portal_system;
CREATE ROLE portal_pages LOGIN PASSWORD :'pages' IN ROLE portal_web;
CREATE ROLE portal_jobs LOGIN PASSWORD :'jobs' IN ROLE portal_web, portal_system;
CREATE DATABASE portal OWNER portal;
SQL
