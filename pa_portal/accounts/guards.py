"""What pages may change about who may act, held by the database: triggers, as SQL.

Rights by column say which columns; these say whose rows, and which new ones. Nobody is signed in while somebody signs
in or follows a link to a new password, so with nobody in the context one may set a password and use a second factor.
The owner and the portal's own jobs and commands (``portal_system``) are not held: that is how first managers and
officers are made. A function runs as whoever changes the row, which no setting can feign.
"""

from __future__ import annotations

from pa_portal.accounts.models import ROLE_KINDS

_AS_CALLER = "SET search_path = pg_catalog, public, pg_temp"
_PERSON = "nullif(current_setting('portal.user_id', true), '')::uuid"
_ROLES = ", ".join(f"('{role}', '{kind}')" for role, kinds in ROLE_KINDS.items() for kind in sorted(kinds))

_HELD = """NOT (
        pg_has_role((SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE')
        OR pg_has_role('portal_system', 'USAGE')
    )"""

_TRIGGER = """
CREATE OR REPLACE FUNCTION guard_{table}() RETURNS trigger LANGUAGE plpgsql {settings} AS $$
DECLARE
    person uuid := {person};
    allowed boolean;
BEGIN
    IF {held} THEN
        {rule}
        IF NOT coalesce(allowed, false) THEN
            RAISE EXCEPTION 'a page may not make this change to {table}' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION guard_{table}();
"""


def _guard(table: str, rule: str) -> str:
    return _TRIGGER.format(table=table, settings=_AS_CALLER, person=_PERSON, held=_HELD, rule=rule.strip())


_MANAGES = f"""
CREATE OR REPLACE FUNCTION portal_manages(organization uuid) RETURNS boolean LANGUAGE sql STABLE {_AS_CALLER} AS $$
    SELECT EXISTS (
        SELECT FROM accounts_user u WHERE u.id = {_PERSON} AND u.organization_id = portal_manages.organization
        AND u.role = 'manager' AND u.is_active
    )
$$;
"""  # noqa: S608 (of constants alone)

# Invited by a manager of the organization, without a password; one's own password; others let in or not by a manager.
PEOPLE = _MANAGES + _guard(
    "accounts_user",
    f"""
        IF TG_OP = 'INSERT' THEN
            allowed := portal_manages(NEW.organization_id) AND NOT NEW.is_privacy_officer AND NEW.password LIKE '!%'
                AND (NEW.role, (SELECT o.kind FROM accounts_organization o WHERE o.id = NEW.organization_id))
                    IN ({_ROLES});
        ELSIF TG_OP = 'UPDATE' THEN
            allowed := to_jsonb(NEW) - ARRAY['password', 'is_active', 'last_login']
                    = to_jsonb(OLD) - ARRAY['password', 'is_active', 'last_login']
                AND (NEW.password = OLD.password OR person IS NULL OR person = OLD.id)
                AND (NEW.is_active = OLD.is_active OR person <> OLD.id AND portal_manages(OLD.organization_id));
        END IF;
    """,  # noqa: S608 (of constants alone)
)

# By its own manager; and what it is, and so what its people may do, stays.
ORGANIZATIONS = _guard(
    "accounts_organization",
    """
        allowed := TG_OP = 'UPDATE' AND (NEW.id, NEW.kind, NEW.name) = (OLD.id, OLD.kind, OLD.name)
            AND portal_manages(OLD.id);
    """,
)

# Of a manager's: nobody else's than those of their own organization, and of these no privacy officer's, who may do what
# no manager can give. All of a person's at once, whose sessions from before were ended.
_WHOLE = f"""
CREATE OR REPLACE FUNCTION guard_whole_mfa_authenticator() RETURNS trigger LANGUAGE plpgsql {_AS_CALLER} AS $$
BEGIN
    IF {_HELD} AND EXISTS (
        SELECT FROM old_rows o WHERE o.user_id IS DISTINCT FROM {_PERSON} AND (
            EXISTS (SELECT FROM mfa_authenticator a WHERE a.user_id = o.user_id)
            OR EXISTS (SELECT FROM accounts_session s WHERE s.user_id = o.user_id AND s.started_at < now())
        )
    ) THEN
        RAISE EXCEPTION 'second factors go all at once, after the sessions' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER guard_whole AFTER DELETE ON mfa_authenticator REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION guard_whole_mfa_authenticator();
"""  # noqa: S608 (of constants alone)

# One's own, and one that is being used to sign in notes that it was; a colleague's that were lost, by a manager.
FACTORS = (
    _guard(
        "mfa_authenticator",
        """
        allowed := CASE TG_OP
            WHEN 'INSERT' THEN NEW.user_id = person
            WHEN 'DELETE' THEN OLD.user_id = person OR EXISTS (
                SELECT FROM accounts_user u WHERE u.id = OLD.user_id AND u.id <> person AND NOT u.is_privacy_officer
                AND portal_manages(u.organization_id)
            )
            ELSE (NEW.user_id, NEW.type) = (OLD.user_id, OLD.type) AND coalesce(person, OLD.user_id) = OLD.user_id
        END;
    """,
    )
    + _WHOLE
)
