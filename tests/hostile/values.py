"""What nobody means to type: values, bodies and headers that break programs which did not expect them."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote_from_bytes

from tests.records.sample_files import JPEG, PDF, png, zip_of

BOUNDARY = "----hostile"

# Text as it might stand in a field. Lone surrogates go out as the bytes they would be, which are not UTF-8.
TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\ufffe\uffff",
    "NaN",
    "nan",
    "-nan",
    "Infinity",
    "-Infinity",
    "1e309",
    "1e-400",
    "1E+999999999",
    "9" * 5000,
    "-" + "9" * 5000,
    "0." + "9" * 5000,
    "1" * 4301,
    "٣",
    "٢٠٢٦-٠١-٠١",
    "１２３",
    "２０２６／０１／０１",
    "३",
    "²",
    "½",
    "Ⅷ",
    "1_000",
    "+1",
    "-0",
    "0x10",
    "1,5",
    "9223372036854775808",
    "-2147483649",
    "\u202emoc.elgoog",
    "\u2066\u2067abc",
    "a\u200bb\u200d\u2060\ufeffc",
    "\u0301\u0301\u0301",
    "Z\u0351\u036b\u0343" * 40,
    "🌸",
    "👩‍⚕️👨‍👩‍👧‍👦",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "ﷺ" * 100,
    "ß" * 151,
    "İ" * 151,
    "x" * 300,
    "x" * 70_000,
    "é" * 1001,
    "\r\n" * 500,
    "a\r\nSet-Cookie: x=1",
    "\t=cmd|'/c calc'!A1",
    "\x01\x08\x0b\x1b\x7f\x85",
    "\u2028\u2029",
    "<script>alert(1)</script>",
    "'\"><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% debug %}",
    "${7*7}#{7*7}",
    "%s%s%n%(x)s%",
    "{0.__class__}",
    "' OR 1=1 --",
    "'; DROP TABLE submissions_request; --",
    "\\",
    "\\u0000",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///etc/passwd",
    "//evil.example",
    "javascript:alert(1)",
    "null",
    "true",
    "[]",
    "{}",
    "0000-00-00",
    "2026-02-30",
    "13/45/2026",
    "9999-12-31",
    "0001-01-01",
    "-1-01-01",
    "10000-01-01",
    "2026-W01-1",
    "2026-01-01T00:00:00+25:00",
    "23:59:60",
    "99:99",
    "a@" + "b" * 300 + ".example",
    "a@b",
    "00000000-0000-0000-0000-000000000000",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "{00000000000000000000000000000000}",
    "None",
    "__all__",
    "id__in",
    "pk",
)

# Charsets that a codec exists for; what they make of a form is not what was sent, and some are not of text at all.
CHARSETS = (
    "utf-7",
    "utf-16",
    "utf-32",
    "latin-1",
    "raw_unicode_escape",
    "unicode_escape",
    "rot13",
    "hex",
    "zlib",
    "idna",
    "punycode",
    "base64",
    "undefined",
    "no-such",
    "utf-8\x00",
    "\u0663",
)

HEADERS: dict[str, tuple[str, ...]] = {
    "HTTP_HOST": (
        "evil.example",
        "testserver:99999",
        "testserver:abc",
        "[::1",
        "testserver@evil.example",
        "",
        "a" * 9000,
        "testserver\tx",
        "xn--",
        "testserver.evil.example",
        "127.0.0.1:80:80",
    ),
    "HTTP_X_FORWARDED_HOST": ("evil.example", "a, b", "\xff"),
    "HTTP_X_FORWARDED_PROTO": ("https", "http,https", "javascript", "\xff" * 50),
    "HTTP_X_FORWARDED_FOR": ("1.2.3.4", "::1, evil", "' OR 1=1 --", "9" * 5000, "\xff", "1.2.3.4, 5.6.7.8" * 200),
    "HTTP_X_FORWARDED_PORT": ("99999999", "abc"),
    "HTTP_FORWARDED": ("for=evil;host=evil.example;proto=https",),
    "HTTP_X_REAL_IP": ("not an address",),
    "HTTP_X_REQUEST_ID": ("<script>", "x" * 5000, "a\r\nb"),
    "HTTP_X_HTTP_METHOD_OVERRIDE": ("DELETE", "TRACE"),
    "HTTP_X_ORIGINAL_URL": ("/admin/",),
    "HTTP_X_REWRITE_URL": ("/admin/",),
    "HTTP_X_REQUESTED_WITH": ("XMLHttpRequest",),
    "HTTP_HX_REQUEST": ("true", "false", "yes", "\xff"),
    "HTTP_HX_BOOSTED": ("true",),
    "HTTP_HX_CURRENT_URL": (
        "http://[",
        "javascript:alert(1)",
        "http://testserver:99999/",
        "//evil.example",
        "%zz",
        "\xff\xfe",
        "http://a]b/",
        "http://testserver/requests/?" + "x" * 9000,
    ),
    "HTTP_HX_CURRENT_URL_URI_AUTOENCODED": ("true", "false"),
    "HTTP_HX_TARGET": ("<b>", "%E9%00"),
    "HTTP_HX_TRIGGER": ("%ff%fe", "x" * 5000),
    "HTTP_HX_TRIGGER_NAME": ("%",),
    "HTTP_HX_PROMPT": ("%00", "\xff"),
    "HTTP_HX_HISTORY_RESTORE_REQUEST": ("true",),
    "HTTP_TRIGGERING_EVENT": ("{", "[" * 5000, '{"a":NaN}', "null"),
    "HTTP_REFERER": ("http://[", "https://evil.example/", "javascript:", "http://testserver:99999/", "\xff"),
    "HTTP_ORIGIN": ("null", "https://evil.example", "http://[", "\xff"),
    "HTTP_ACCEPT": ("*/*;q=x", "text/html;q=" + "9" * 5000, ",,,;;;", "application/json", "\xff"),
    "HTTP_ACCEPT_LANGUAGE": ("x" * 5000, "de-DE;q=9e999", "\xff", "../../etc", "zh-hant-" * 200),
    "HTTP_ACCEPT_ENCODING": ("gzip;q=NaN", "\xff", "br" * 3000),
    "HTTP_USER_AGENT": ("", "\xff" * 300, "x" * 9000, "<script>"),
    "HTTP_IF_MODIFIED_SINCE": ("Thu, 99 Foo 99999 99:99:99 GMT", "0", "\xff", "9" * 5000),
    "HTTP_IF_NONE_MATCH": ('"', "W/" * 3000, "*"),
    "HTTP_RANGE": ("bytes=0-", "bytes=-1", "bytes=9-1", "bytes=" + "9" * 5000, "bytes=a-b", "x=1"),
    "HTTP_AUTHORIZATION": ("Basic ====", "Bearer x", "\xff"),
    "HTTP_CONTENT_ENCODING": ("gzip", "x"),
    "HTTP_TRANSFER_ENCODING": ("chunked", "gzip, chunked"),
    "HTTP_EXPECT": ("100-continue", "x"),
    "HTTP_UPGRADE": ("websocket",),
    "HTTP_SEC_FETCH_SITE": ("cross-site",),
    "HTTP_X_CSRFTOKEN": ("\xff", "x" * 64, "\u0130", ""),
    "CONTENT_LENGTH": ("", "abc", "-1", "99", "0", "9" * 20, "9" * 5000, "٣", "1.5", "\xff"),
    "CONTENT_TYPE": (
        "",
        "text/html",
        ";",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\xff",
        "multipart/form-data; boundary=" + "b" * 500,
        "application/json; charset=utf-16",
        *(f"application/x-www-form-urlencoded; charset={name}" for name in CHARSETS),
        *(f"multipart/form-data; boundary={BOUNDARY}; charset={name}" for name in CHARSETS),
    ),
    "SERVER_PORT": ("0",),
}

COOKIES = (
    "sessionid=",
    "sessionid=" + "a" * 5000,
    "sessionid=../../etc/passwd",
    "sessionid=\xff\xfe",
    'sessionid="\\000"',
    'sessionid="\\377\\376"',
    "sessionid=' OR 1=1 --",
    "sessionid",
    "=",
    ";;;===;",
    "csrftoken=" + "x" * 5000,
    "csrftoken=\xff",
    "messages=W10; sessionid=x",
    "a=b; " * 2000,
    "__Host-sessionid=x; sessionid=x; sessionid=y",
    "django_language=../../etc",
)

QUERIES = (
    "%",
    "%zz=%u0041",
    "a=%ED%A0%80",
    "%FF=%FE",
    "&&&==&",
    ";a=b;c=d",
    "a[]=1&a[0]=2&a[b]=3",
    "next=//evil.example&next=javascript:alert(1)",
    "next=%0d%0aSet-Cookie:x=1",
    "page=0&p=-1&e=1",
    "page=9999999999999999999999&p=99999999999999999999",
    "p=NaN&page=NaN",
    "page=%D9%A3&p=%D9%A3",
    "q=%00",
    "id__in=1&pk__gt=x&_popup=1&_to_field=id",
    "o=1.2.-3.x&all=1&_facets=1",
    "from=0001-01-01&to=9999-12-31",
    "from=9999-99-99&to=%EF%BC%91",
    "x=" + "9" * 8000,
    "&".join(f"a{n}={n}" for n in range(1500)),
    "a=1&" * 1500,
    "format=csv&format=xlsx&download=../../x",
    "csrfmiddlewaretoken=x&sessionid=y",
)

PATHS = (
    "/..%2f..%2fetc/passwd",
    "/../../etc/passwd",
    "/static/../../manage.py",
    "/static/%2e%2e/%2e%2e/manage.py",
    "/static/" + "a" * 5000,
    "//evil.example/",
    "/%",
    "/%ff%fe",
    "/\ud800",
    "/admin/..;/",
    "/admin//submissions/request/",
    "/requests/%2e%2e/admin/",
    "/REQUESTS/",
    "/requests",
    "/.git/config",
    "/.env",
    "/manage.py",
    "/favicon.ico",
    "/robots.txt",
    "/.well-known/security.txt",
    "/" + "x" * 9000,
    "/" + "a/" * 2000,
    "/\u202e/",
    "/admin/jsi18n/",
    "/media/x",
    "/requests/ /",
    "/letters/x.pdf",
    "/healthz/",
)

METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "PROPFIND",
    "QUERY",
    "get",
    "X" * 300,
)


def urlencoded(pairs: tuple[tuple[str, str], ...]) -> bytes:
    def quoted(text: str) -> str:
        return quote_from_bytes(text.encode("utf-8", "surrogatepass"))

    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs).encode()


def multipart(pairs: tuple[tuple[str, str], ...], files: tuple[tuple[str, bytes, bytes], ...] = ()) -> bytes:
    """``files``: field, file name and content. Nothing is escaped: a quote or line break in a name stays one."""
    out = bytearray()
    for name, value in pairs:
        out += b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (
            BOUNDARY.encode(),
            name.encode("utf-8", "surrogatepass"),
            value.encode("utf-8", "surrogatepass"),
        )
    for field, name, content in files:
        out += (
            b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n'
            b"Content-Type: application/pdf\r\n\r\n%s\r\n" % (BOUNDARY.encode(), field.encode(), name, content)
        )
    return bytes(out) + b"--%s--\r\n" % BOUNDARY.encode()


FILES: dict[str, bytes] = {
    "pdf": PDF,
    "jpeg": JPEG,
    "png": png(),
    "zip": zip_of(),
    "nothing": b"",
    "html": b"<html><script>alert(1)</script>",
    "pdf with html": PDF + b"<html><script>alert(1)</script>",
    "png and zip": png() + zip_of(),
    "cut off": PDF[: len(PDF) // 2],
    "zeros": bytes(100_000),
}
FILE_NAMES = (
    b"report.pdf",
    b"",
    b"../../../etc/passwd",
    b"..\\..\\x.pdf",
    b"\xe2\x80\xaefdp.exe",
    b"a\x00b.pdf",
    b"\xff\xfe.pdf",
    b"\xed\xa0\x80.pdf",
    b"x" * 5000,
    b'a"; filename="b.pdf',
    b"a\r\nSet-Cookie: x=1",
    b"CON",
    b".",
    b"~/.ssh/id",
    b"%2e%2e%2f",
    "🌸.pdf".encode(),
    "ﷺ".encode() * 100,
    b"report.pdf\r\n\r\n",
)

TEN_MEGABYTES = 10 * 1024 * 1024
# Whole bodies that are no form's: content type and what makes it. Made when sent, since some are large.
BODIES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "10 MB of a field": ("application/x-www-form-urlencoded", lambda: b"a=" + b"x" * TEN_MEGABYTES),
    "10 MB of zeros": ("application/octet-stream", lambda: bytes(TEN_MEGABYTES)),
    "10 MB of JSON": ("application/json", lambda: b"[" + b"1," * (TEN_MEGABYTES // 2) + b"1]"),
    "10 MB in multipart": (
        f"multipart/form-data; boundary={BOUNDARY}",
        lambda: multipart((("a", "x" * TEN_MEGABYTES),)),
    ),
    "10 MB of a file": (
        f"multipart/form-data; boundary={BOUNDARY}",
        lambda: multipart((("version", "1"),), (("file", b"x.pdf", PDF + bytes(TEN_MEGABYTES)),)),
    ),
    "deep JSON": ("application/json", lambda: b"[" * 100_000),
    "deep JSON objects": ("application/json", lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "JSON of what is no number": ("application/json", lambda: b'{"a": NaN, "b": Infinity, "c": %s}' % (b"9" * 5000)),
    "JSON with a surrogate": ("application/json", lambda: b'{"version": "\\ud800", "a": "\\u0000"}'),
    "JSON cut off": ("application/json", lambda: json.dumps({"a": "b" * 50}).encode()[:-5]),
    "5,000 fields": (
        "application/x-www-form-urlencoded",
        lambda: urlencoded(tuple((f"f{n}", "") for n in range(5000))),
    ),
    "one field 1,200 times": ("application/x-www-form-urlencoded", lambda: b"version=1&" * 1200),
    "2,000 parts": (
        f"multipart/form-data; boundary={BOUNDARY}",
        lambda: multipart(tuple((f"f{n}", "x") for n in range(2000))),
    ),
    "300 files": (
        f"multipart/form-data; boundary={BOUNDARY}",
        lambda: multipart((), tuple((f"file{n}", b"x.pdf", b"x") for n in range(300))),
    ),
    "parts without an end": (f"multipart/form-data; boundary={BOUNDARY}", lambda: multipart((("a", "b"),))[:-20]),
    "parts without a boundary": ("multipart/form-data", lambda: multipart((("a", "b"),))),
    "parts with another boundary": ("multipart/form-data; boundary=other", lambda: multipart((("a", "b"),))),
    "parts in base64 that is none": (
        f"multipart/form-data; boundary={BOUNDARY}",
        lambda: (
            b'--%s\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            b"\xff=!\r\n--%s--\r\n" % (BOUNDARY.encode(), BOUNDARY.encode())
        ),
    ),
    "parts with long headers": (
        f"multipart/form-data; boundary={BOUNDARY}",
        lambda: b"--%s\r\n%s\r\n\r\nx\r\n--%s--" % (BOUNDARY.encode(), b"X: y" * 5000, BOUNDARY.encode()),
    ),
    "parts with a coded name": (
        f"multipart/form-data; boundary={BOUNDARY}",
        lambda: (
            b"--%s\r\nContent-Disposition: form-data; name=\"file\"; filename*=rot13''%%ff%%00\r\n\r\nx\r\n--%s--\r\n"
            % (BOUNDARY.encode(), BOUNDARY.encode())
        ),
    ),
    "XML": ("text/xml", lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "bytes at random": ("application/x-www-form-urlencoded", lambda: bytes(range(256)) * 20),
    "bad percents": ("application/x-www-form-urlencoded", lambda: b"%=%zz&version=%&a=%E0%80&%ED%A0%80=1"),
    "UTF-16": ("application/x-www-form-urlencoded", lambda: "version=1&a=ü".encode("utf-16")),
    "a form in JSON's clothes": ("application/x-www-form-urlencoded", lambda: b'{"version": 1}'),
}
