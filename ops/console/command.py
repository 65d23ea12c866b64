"""`fiscalq console`: the operator's page, and who may see it."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.cli.language import LangOption, Texts, choose
from ops.cli.screen import answer, answer_json, examples
from ops.console.entry.users import Role, Users
from worker.domain.errors import ConfigError

if TYPE_CHECKING:
    from ops.console.gate import Manner

EXAMPLES = examples(
    ("fiscalq console --add-user ivanova --role operator", "asks for the password"),
    ("fiscalq console", "http://127.0.0.1:8790"),
    ("fiscalq console --host 0.0.0.0 --tls-cert shop.crt --tls-key shop.key", "for the whole shop"),
    (
        "fiscalq console --behind-tls --proxy-header X-Remote-User",
        "behind an edge that speaks TLS and signs people in",
    ),
    ending="Roles: a viewer looks and sees no buyer's address, an operator decides, an admin sees also what was put aside and every decision. "
    "Anywhere but on this machine it speaks TLS, or stands behind something that does. The language is the browser's.",
)

PORT = 8790
USERS = Path("fiscalq-users.json")
ROLES = {role.value: role for role in Role}


def console(
    host: Annotated[str, typer.Option("--host", help="The address to listen at; IPv6, too.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0 takes any free one, and says which.")
    ] = PORT,
    users: Annotated[
        Path, typer.Option("--users", envvar="FISCALQ_CONSOLE_USERS", help="The users file.")
    ] = USERS,
    add_user: Annotated[
        str | None,
        typer.Option("--add-user", metavar="NAME", help="Write a user into the users file, and end."),
    ] = None,
    role: Annotated[Role, typer.Option("--role", help="With --add-user: what they may do.")] = Role.VIEWER,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", exists=True, help="Certificate chain, PEM.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", exists=True, help="Its key, PEM.")] = None,
    behind_tls: Annotated[
        bool, typer.Option("--behind-tls", help="An edge before it speaks TLS: cookies are for HTTPS alone.")
    ] = False,
    proxy_header: Annotated[
        str | None,
        typer.Option(
            "--proxy-header", metavar="NAME", help="The edge signs people in, and names them in this header."
        ),
    ] = None,
    proxy_from: Annotated[
        list[str] | None,
        typer.Option("--proxy-from", metavar="ADDRESS", help="Where the edge is; otherwise on this machine."),
    ] = None,
    flower: Annotated[
        str | None,
        typer.Option(
            "--flower", envvar="FISCALQ_CONSOLE_FLOWER", metavar="URL", help="Link to Flower at this address."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say in JSON where it is.")] = False,
    lang: LangOption = None,
) -> None:
    """Open the operator's page: registers, the line, dead letters, each job's story, and what to do."""
    texts, known = Texts(choose(lang)), Users(users)
    if add_user is not None:
        known.add(add_user, role, _password(texts))
        if as_json:
            answer_json({"user": add_user, "role": role.value, "users": str(users)})
        else:
            answer(texts("console.added", name=add_user, role=role.value, users=users))
        return
    from ops.console.gate import Manner

    host = host.removeprefix("[").removesuffix("]")  # an IPv6 address as it stands in a URL
    loopback = _is_loopback(host)
    secure = behind_tls or tls_cert is not None
    if (tls_cert is None) != (tls_key is None):
        raise typer.BadParameter("--tls-cert and --tls-key belong together")
    if not loopback and not secure:
        raise ConfigError(texts("console.no_tls", host=host))
    if flower is not None and not flower.startswith(("http://", "https://")):
        raise typer.BadParameter("--flower is an address that begins with http:// or https://")
    if not known.names():
        raise ConfigError(texts("console.no_users", users=users))
    proxies = frozenset(proxy_from or ("127.0.0.1", "::1"))
    manner = Manner(secure, proxy_header, proxies, flower)
    _serve(host, port, known, manner, tls=(tls_cert, tls_key), texts=texts, as_json=as_json)


def _serve(
    host: str,
    port: int,
    users: Users,
    manner: Manner,
    *,
    tls: tuple[Path | None, Path | None],
    texts: Texts,
    as_json: bool,
) -> None:
    """Listen first, then say where: whoever reads the line finds it open."""
    import socket

    import uvicorn

    from ops.console.app import make_app
    from worker.app.settings import load_settings

    settings = load_settings()
    settings.chosen(None)
    # Named by another site's name, a page on this machine could be read by that site.
    hosts = ("127.0.0.1", "localhost", "[::1]") if _is_loopback(host) and not manner.secure else ("*",)
    app = make_app(settings, users, manner, hosts=hosts)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as error:
            raise ConfigError(
                texts("console.port_taken", host=host, port=port, text=error.strerror)
            ) from error
        listening.listen(128)
        scheme = "https" if tls[0] else "http"
        shown = f"[{host}]" if ":" in host else host
        url = f"{scheme}://{shown}:{listening.getsockname()[1]}"
        if as_json:
            answer_json({"url": url, "users": users.names()})
        else:
            answer(texts("console.open", url=url))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                ssl_certfile=tls[0],
                ssl_keyfile=tls[1],
                server_header=False,
                # Not where the edge names people: it is known by its own address then.
                proxy_headers=manner.secure and tls[0] is None and manner.proxy_header is None,
                timeout_graceful_shutdown=2,  # open pages hold a stream for ever
            )
        )
        server.run(sockets=[listening])


def _password(texts: Texts) -> str:
    """Asked for twice at a terminal; otherwise the first line of standard input, for scripts."""
    if sys.stdin.isatty():
        return str(
            typer.prompt(texts("console.password"), hide_input=True, confirmation_prompt=True, err=True)
        )
    return sys.stdin.readline().rstrip("\r\n")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
