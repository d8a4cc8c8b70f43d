#!/bin/sh
# Runs once, when the database volume is empty: the portal's database, and its roles, none of which is a superuser.
# portal owns the tables and migrates them; portal_pages and portal_jobs own nothing (docs/operations.md, "Roles").
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set owner="$PORTAL_DB_PASSWORD" \
    --set pages="$PORTAL_PAGES_DB_PASSWORD" --set jobs="$PORTAL_JOBS_DB_PASSWORD" <<'SQL'
CREATE ROLE portal_web NOLOGIN;
CREATE ROLE portal_system NOLOGIN;
CREATE ROLE portal LOGIN PASSWORD :'owner' IN ROLE portal_web, portal_system;
CREATE ROLE portal_pages LOGIN PASSWORD :'pages' IN ROLE portal_web;
CREATE ROLE portal_jobs LOGIN PASSWORD :'jobs' IN ROLE portal_web, portal_system;
CREATE DATABASE portal OWNER portal;
SQL
