"""A DATABASE_URL is understood, or refused in words that do not repeat its password."""

import pytest

from pa_portal.db.url import BadDatabaseURL, parse, socket_url

WHOLE = {"NAME": "portal", "USER": "ann", "PASSWORD": "p@ss/word", "HOST": "db.example", "PORT": "5433", "OPTIONS": {}}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://ann:p%40ss%2Fword@db.example:5433/portal", WHOLE),
        ("postgresql://ann:p%40ss%2Fword@db.example:5433/portal", WHOLE),
        ("postgres://db.example/portal", {**WHOLE, "USER": "", "PASSWORD": "", "PORT": ""}),
        ("postgres://ann:p%40ss%2Fword@[::1]:5433/portal", {**WHOLE, "HOST": "::1"}),
        (
            "postgres://ann:p%40ss%2Fword@db.example:5433/portal?sslmode=verify-full",
            {**WHOLE, "OPTIONS": {"sslmode": "verify-full"}},
        ),
    ],
)
def test_understands(url: str, expected: dict) -> None:
    assert parse(url) == expected


def test_a_socket_folder_with_a_space_survives() -> None:
    parsed = parse(socket_url("/tmp/a b&c/socket", user="ann", name="portal", port=5432))
    assert (parsed["HOST"], parsed["PORT"], parsed["USER"], parsed["NAME"]) == (
        "/tmp/a b&c/socket",
        "5432",
        "ann",
        "portal",
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///db.sqlite3", "postgres://"),
        ("db.example/portal", "postgres://"),
        ("postgres://ann:secret@db.example:port/portal", "port"),
        ("postgres://ann:secret@db.example:99999/portal", "port"),
        ("postgres://ann:secret@db.example/", "database"),
    ],
)
def test_refuses_and_says_why(url: str, says: str) -> None:
    with pytest.raises(BadDatabaseURL, match=says) as refused:
        parse(url)
    assert "secret" not in str(refused.value)
