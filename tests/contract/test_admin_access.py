"""Who gets into the console: the token, sessions and links that work once; other names and pages do not."""

import re
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import trustme

from gateway.console.access import LIFETIME
from gateway.settings import AdminSection
from tests.fakes.admin import BEARER, TOKEN, Admin, calling, serving
from tests.fakes.certificates import pair_in

MARK = "s3nt-admin-0815"

API = ["/api/status", "/api/providers", "/api/messages", "/api/sandbox/messages"]
GUARDED = [("GET", path) for path in ["/", *API, "/login/x", "/console.css", "/console.js", "/favicon.ico"]]
GUARDED += [("POST", path) for path in ["/login", "/logout", "/api/login-links"]]


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    """Return a running admin listener."""
    async with serving(tmp_path) as admin:
        yield admin


@pytest.fixture
async def client(admin: Admin) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a program without a token that keeps cookies."""
    async with calling(admin) as session:
        yield session


async def status_of(client: aiohttp.ClientSession, path: str, **headers: str) -> int:
    """Return the status of a GET."""
    async with client.get(path, headers=headers, allow_redirects=False) as answer:
        return answer.status


# -------------------------------------------------------------------------------------------------------- the token


@pytest.mark.parametrize("path", API)
async def test_the_json_wants_the_token(client: aiohttp.ClientSession, path: str) -> None:
    """Without it the answer is a problem with 401, on loopback too; with it 200."""
    async with client.get(path) as answer:
        problem = await answer.json()
        assert (answer.status, answer.content_type) == (401, "application/problem+json")
        assert (answer.headers["WWW-Authenticate"], problem["type"]) == (
            'Bearer realm="umschlag"',
            "/problems/admin-unauthorized",
        )
    assert await status_of(client, path, **BEARER) == 200


@pytest.mark.parametrize(
    "authorization",
    [f"Bearer {TOKEN}x", "Bearer ", "Bearer", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", "Bearer \xe4\xff"],
)
async def test_any_other_token_is_refused(admin: Admin, client: aiohttp.ClientSession, authorization: str) -> None:
    """The token has to be whole and under its scheme; the log knows that somebody tried, not with what."""
    assert await status_of(client, "/api/status", Authorization=authorization) == 401
    assert admin.events() == [{"level": "warning", "event": "admin_refused", "listener": "admin", "status": 401}]


async def test_the_scheme_is_written_as_one_likes(client: aiohttp.ClientSession) -> None:
    """Scheme names have no case (RFC 9110 §11.1)."""
    assert await status_of(client, "/api/status", Authorization=f"bearer  {TOKEN} ") == 200


async def test_without_a_session_the_page_says_how_to_get_in(client: aiohttp.ClientSession) -> None:
    """The page is a 401 that names the link and the token, in either language."""
    for language, words in {"en": "It works once", "de": "Er gilt einmal", "xx": "It works once"}.items():
        async with client.get("/", params={"lang": language}) as answer:
            assert (answer.status, words in await answer.text()) == (401, True)


# ---------------------------------------------------------------------------------------------------- one-time links


async def test_a_link_works_once(admin: Admin, client: aiohttp.ClientSession) -> None:
    """It sets a cookie that no script and no other site gets, and leads to a path without the token."""
    path = admin.server.one_time_path()
    async with client.get(path, allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert re.fullmatch(r"umschlag=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict", cookie)
    assert [await status_of(client, page) for page in ("/", "/api/status")] == [200, 200]
    assert await status_of(client, path) == 401


async def test_a_used_link_says_so(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Who follows it a second time, or follows one that never was, reads why it does not work."""
    path = admin.server.one_time_path()
    await status_of(client, path)
    for other in (path, "/login/never-was"):
        async with client.get(other) as answer:
            assert (answer.status, "used already" in await answer.text()) == (401, True)
    assert [event["event"] for event in admin.events()] == ["admin_login", "admin_refused", "admin_refused"]


async def test_looking_at_a_link_does_not_use_it(admin: Admin, client: aiohttp.ClientSession) -> None:
    """HEAD, which previews send, is refused; the link still works."""
    path = admin.server.one_time_path()
    async with client.head(path) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert await status_of(client, path) == 303


async def test_links_and_sessions_grow_old(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Both end after their lifetime."""
    first, second = admin.server.one_time_path(), admin.server.one_time_path()
    assert await status_of(client, first) == 303
    admin.now += LIFETIME - 1
    assert await status_of(client, "/") == 200
    admin.now += 1
    assert [await status_of(client, path) for path in ("/", second)] == [401, 401]


async def test_of_many_links_the_oldest_give_way(admin: Admin, client: aiohttp.ClientSession) -> None:
    """What waits to be used is bounded."""
    paths = [admin.server.one_time_path() for _ in range(33)]
    assert [await status_of(client, path) for path in (paths[0], paths[1], paths[32])] == [401, 303, 303]


async def test_a_program_with_the_token_can_make_a_link(client: aiohttp.ClientSession) -> None:
    """So an operator gets into a gateway that was started long ago."""
    async with client.post("/api/login-links", headers=BEARER) as answer:
        path = (await answer.json())["path"]
        assert answer.status == 201
    assert await status_of(client, path) == 303


async def test_over_tls_the_cookie_is_bound_to_it(tmp_path: Path) -> None:
    """The cookie is Secure and has the __Host- prefix."""
    authority, trusted = trustme.CA(), ssl.create_default_context()
    chain, key = pair_in(tmp_path, authority, "localhost")
    authority.configure_trust(trusted)
    section = AdminSection(listen="127.0.0.1:0", tls_cert=chain, tls_key=key)
    async with serving(tmp_path, section) as admin, aiohttp.ClientSession() as client:
        url = f"https://localhost:{admin.port}{admin.server.one_time_path()}"
        async with client.get(url, ssl=trusted, allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
    assert re.fullmatch(r"__Host-umschlag=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure", cookie)


# ---------------------------------------------------------------------------------------------------- the form


async def test_the_form_takes_the_token(admin: Admin, client: aiohttp.ClientSession) -> None:
    """It begins a session and keeps the language."""
    form = {"username": "admin", "token": TOKEN}
    headers = {"Origin": admin.url}
    async with client.post("/login?lang=de", data=form, headers=headers, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/?lang=de")
    assert await status_of(client, "/") == 200


@pytest.mark.parametrize(
    "body", [f"token={TOKEN}x", "token=", "", "x=1", f"token=x&token={TOKEN}", "a=&b=&c=&d=&e=", "token=\xe4"]
)
async def test_the_form_refuses_anything_else(admin: Admin, client: aiohttp.ClientSession, body: str) -> None:
    """The page comes again and says so, without what was typed."""
    headers = {"Origin": admin.url, "Content-Type": "application/x-www-form-urlencoded"}
    async with client.post("/login", data=body.encode("latin-1"), headers=headers) as answer:
        assert (answer.status, "not the admin token" in await answer.text()) == (401, True)


async def test_the_form_is_small(admin: Admin, client: aiohttp.ClientSession) -> None:
    """A body that cannot be the form is not read."""
    async with client.post("/login", data=b"x" * 5000, headers={"Origin": admin.url}) as answer:
        assert answer.status == 413


async def test_logging_out_ends_the_session(admin: Admin, client: aiohttp.ClientSession) -> None:
    """The cookie is taken back, and would not be good any more."""
    await status_of(client, admin.server.one_time_path())
    cookie = "; ".join(f"{cookie.key}={cookie.value}" for cookie in client.cookie_jar)
    async with client.post("/logout", headers={"Origin": admin.url}, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/")
        assert answer.headers["Set-Cookie"].endswith("; Max-Age=0")
    assert await status_of(client, "/", Cookie=cookie) == 401


async def test_cookies_of_other_programs_are_no_hindrance(admin: Admin, client: aiohttp.ClientSession) -> None:
    """Programs on other ports of this machine share its cookies, whatever their names are."""
    async with client.get(admin.server.one_time_path(), allow_redirects=False) as answer:
        own = answer.headers["Set-Cookie"].partition(";")[0]
    assert await status_of(client, "/api/status", Cookie=f'a/b="x"; umschlag2=x;{own}; =;;') == 200


@pytest.mark.parametrize("cookie", ["umschlag=", "umschlag=x", "other=x", "umschlag=\xe4", "a b;;=; umschlag", '"'])
async def test_any_other_cookie_is_refused(client: aiohttp.ClientSession, cookie: str) -> None:
    """A cookie of ours has to be one that was given."""
    assert await status_of(client, "/api/status", Cookie=cookie) == 401


# ------------------------------------------------------------------------------------------------ names and pages


@pytest.mark.parametrize("method, path", GUARDED)
async def test_foreign_names_are_refused(admin: Admin, client: aiohttp.ClientSession, method: str, path: str) -> None:
    """A name that was rebound to loopback gets nothing, with the token either; it is not repeated."""
    for host in (f"{MARK}.example", f"127.0.0.1.{MARK}.example", f"{MARK}@localhost", f"localhost:{MARK}", ""):
        async with client.request(method, path, headers={**BEARER, "Host": host}) as answer:
            body = await answer.text()
            assert (answer.status, "foreign-host" in body, MARK in body) == (403, True, False)
    assert {event["event"] for event in admin.events()} == {"admin_refused"}


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8026", "127.0.0.1:1", "[::1]:8026", "localhost."])
async def test_loopback_names_are_ours(client: aiohttp.ClientSession, host: str) -> None:
    """With any port: a tunnel may end elsewhere."""
    assert await status_of(client, "/api/status", Host=host, **BEARER) == 200


async def test_allowed_names_are_ours(tmp_path: Path) -> None:
    """The operator adds names of a reverse proxy, with a port or without."""
    section = AdminSection(listen="127.0.0.2:0", allowed_hosts=("Console.praxis.example", "other.example:8443"))
    async with serving(tmp_path, section) as admin, aiohttp.ClientSession(f"http://127.0.0.2:{admin.port}") as client:
        hosts = ["127.0.0.2", "console.praxis.example", "other.example", "praxis.example", "x.other.example"]
        expected = [200, 200, 200, 403, 403]
        assert [await status_of(client, "/api/status", Host=host, **BEARER) for host in hosts] == expected


async def test_a_request_has_one_name(admin: Admin) -> None:
    """Two names in one request are refused: a proxy before us may have read the other one."""
    from tests.fakes.http_wire import ask, request

    headers = [*BEARER.items(), ("Host", MARK)]
    reply = await ask(admin.port, request("GET", "/api/status", headers=headers))
    assert (reply.status in {400, 403}, MARK.encode() in reply.raw) == (True, False)


@pytest.mark.parametrize("method, path", GUARDED)
async def test_foreign_pages_are_refused(client: aiohttp.ClientSession, method: str, path: str) -> None:
    """Another site's page, one on another port of this machine, and one without an origin get nothing."""
    for origin in (f"https://{MARK}.example", "http://127.0.0.1:3000", "http://localhost", "null", ""):
        async with client.request(method, path, headers={**BEARER, "Origin": origin}) as answer:
            body = await answer.text()
            assert (answer.status, "foreign-origin" in body, MARK in body) == (403, True, False)


async def test_with_a_cookie_only_our_own_page_may_change_anything(admin: Admin, client: aiohttp.ClientSession) -> None:
    """A POST that does not say where it comes from is no browser's of our page; with Origin it is."""
    await status_of(client, admin.server.one_time_path())
    statuses = []
    for headers in ({}, {"Origin": admin.url}):
        async with client.post("/api/login-links", headers=headers) as answer:
            statuses.append(answer.status)
    assert statuses == [403, 201]


async def test_our_own_page_may_ask(admin: Admin, client: aiohttp.ClientSession) -> None:
    """The same origin is that of the name which was asked, behind a proxy with TLS too."""
    for host, origin in (
        (f"127.0.0.1:{admin.port}", admin.url),
        ("localhost:8026", "http://localhost:8026"),
        ("localhost", "https://LOCALHOST"),
    ):
        assert await status_of(client, "/api/status", Host=host, Origin=origin, **BEARER) == 200


async def test_other_paths_and_methods_are_none(client: aiohttp.ClientSession) -> None:
    """What is not in the table is 404, a method that a path has not is 405."""
    assert [await status_of(client, path) for path in ("/nothing", "/api", "/console.html", "/../x")] == [404] * 4
    async with client.delete("/api/messages", headers=BEARER) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


async def test_there_is_no_icon(client: aiohttp.ClientSession) -> None:
    """Every browser asks for one by itself, logged in or not."""
    assert await status_of(client, "/favicon.ico") == 204


async def test_a_problem_has_a_page(client: aiohttp.ClientSession) -> None:
    """What a problem's type points to says what it means; it is open, as the problem itself is."""
    async with client.get("/problems/foreign-host") as answer:
        assert (answer.status, "allowed_hosts" in await answer.text()) == (200, True)
    assert await status_of(client, "/problems/none") == 404
