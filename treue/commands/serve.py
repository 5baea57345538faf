"""``treue serve``: the pages in a browser, on this machine or for a whole company."""

from __future__ import annotations

import logging
import os
import shlex
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from treue.commands.project import Project, open_project
from treue.commands.publishing import open_store
from treue.commands.shared import config_option, global_options, step, typed

if TYPE_CHECKING:
    from treue.serving.app_settings import AppSettings
    from treue.serving.predict import Predictor
    from treue.serving.store import Store
    from treue.settings import Access

PORT = 8765
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECRET = "TREUE_SECRET"
"""Environment variable that signs sessions; it lets them outlive a restart."""
SHORTEST_SECRET = 32


@click.command(
    "serve",
    epilog="""\b
Examples:
  treue serve
  treue serve -c shop/treue.toml --as "Anna Berg"
  treue serve --host 0.0.0.0 --port 8765
""",
)
@config_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Its port."
)
@click.option(
    "--as",
    "account_manager",
    metavar="NAME",
    help="See the customers of this account manager only [default: all]; on this machine.",
)
@global_options
def command(config_path: Path, host: str, port: int, account_manager: str | None) -> None:
    """Show the pages of the store in a browser.

    Without [access] in treue.toml, for you on this machine: a link is printed that signs in once.
    With it, for everybody who is listed there; docs/serving.md says how.
    """
    run(open_project(config_path), host=host, port=port, account_manager=account_manager)


def run(project: Project, *, host: str, port: int, account_manager: str | None = None) -> None:
    """Serve until stopped; the models load meanwhile."""
    from treue.serving.loaded_later import LoadedLater

    settings = _settings(project, host, port, account_manager)
    check_free(host, port)
    store = open_store(project)
    if account_manager is not None:
        _check_known(store, account_manager)
    if store.latest() is None:
        again = shlex.join(["treue", "score", "-c", str(project.path)])
        step(f"The store holds no scores yet; {typed(again)} puts them there.")
    _serve(store, settings, LoadedLater(lambda: _predictors(project)), host=host, port=port)


def _settings(project: Project, host: str, port: int, account_manager: str | None) -> AppSettings:
    """Decide who may come in; refuse to let strangers in."""
    from treue.features.errors import TreueError
    from treue.serving.app_settings import AppSettings
    from treue.serving.sign_in import new_token
    from treue.serving.viewer import LOCAL, Viewer

    config = project.config
    access = config.access
    shown = f"[{host}]" if ":" in host else host
    settings = AppSettings(
        language=config.language,
        currency=config.currency,
        pages=config.pages,
        access=access,
        address=f"http://{shown}:{port}",
    )
    if access.issuer is not None:
        if account_manager is not None:
            raise TreueError(
                "--as is for this machine alone; with [access] everybody signs in at the issuer"
            )
        return replace(
            settings,
            address=_address(access, host) or settings.address,
            client_secret=os.environ.get(access.client_secret_env) or None,
        )
    if host not in LOOPBACK:
        raise TreueError(
            f"--host {host} would show the pages to others without asking who they are; describe "
            "the identity provider under [access] in treue.toml, or leave --host out"
        )
    viewer = (
        Viewer(account_manager, "account_manager", account_manager)
        if account_manager
        else Viewer(LOCAL, "lead")
    )
    return replace(settings, local_token=new_token(), local_viewer=viewer)


def _address(access: Access, host: str) -> str | None:
    """Return where browsers reach the pages, as [access] says; https away from this machine."""
    from treue.features.errors import TreueError

    issuer = urlsplit(access.issuer or "")
    if issuer.scheme != "https" and issuer.hostname not in LOOPBACK:
        raise TreueError(f"access.issuer {access.issuer} is not https; signing in needs it")
    if access.public_url is None:
        if host not in LOOPBACK:
            raise TreueError(
                "access.public_url is missing; set it to the https address that browsers use"
            )
        return None
    public = urlsplit(access.public_url)
    if not public.hostname or public.path.strip("/") or public.query:
        raise TreueError(
            f"access.public_url {access.public_url} is not an address of its own; write it as "
            "https://treue.example.com, without a path"
        )
    if public.scheme != "https" and public.hostname not in LOOPBACK:
        raise TreueError(f"access.public_url {access.public_url} must begin with https://")
    return access.public_url.rstrip("/")


def _secret() -> str | None:
    from treue.features.errors import TreueError

    secret = os.environ.get(SECRET)
    if secret is not None and len(secret) < SHORTEST_SECRET:
        raise TreueError(
            f"{SECRET} is shorter than {SHORTEST_SECRET} characters; draw one with: "
            'python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return secret


def check_free(host: str, port: int) -> None:
    """Refuse a port that is taken, or an address that is not this machine's."""
    from treue.features.errors import TreueError

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise TreueError(
                f"cannot listen on {host} port {port}: {error.strerror}; name another --port"
            ) from None


def _check_known(store: Store, account_manager: str) -> None:
    from treue.features.errors import TreueError
    from treue.serving.viewer import LOCAL, Viewer

    known = store.account_managers(Viewer(LOCAL, "lead"))
    if account_manager not in known:
        raise TreueError(
            f"--as {account_manager!r}: no scored customer has that account manager; known are "
            f"{', '.join(known[:20]) or 'none'}"
        )


def _predictors(project: Project) -> dict[str, Predictor]:
    """Load the models in use for scoring over HTTP, ready for a first customer; pages do without.

    Making them ready takes seconds: done here, in the background, no request waits for it.
    """
    from treue.features.errors import TreueError

    try:
        return {target: found.warm() for target, found in project.champions().items()}
    except TreueError as error:
        step(f"No scoring over HTTP: {error}")
        return {}


def _serve(
    store: Store,
    settings: AppSettings,
    predictors: Mapping[str, Predictor],
    *,
    host: str,
    port: int,
) -> None:
    import uvicorn

    from treue.serving.app import create_app

    app = create_app(store, settings=settings, predictors=predictors, secret=_secret())
    local = settings.local_token is not None
    if local:
        click.echo(
            f"""
Open in a browser on this machine (works once):

  {settings.address}/sign-in?token={settings.local_token}

Stop with Ctrl-C."""
        )
    else:
        click.echo(f"Serving {settings.address} (listening on {host}:{port}). Stop with Ctrl-C.")
        _log_to_stderr()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,  # it would hold queries, and with them tokens; the app logs routes
        server_header=False,
        log_level="warning",
        proxy_headers=not local,
        timeout_keep_alive=20,
        limit_concurrency=200,
    )
    try:
        uvicorn.Server(config).run()
    except KeyboardInterrupt:
        click.echo("Stopped.")
    finally:
        store.close()


def _log_to_stderr() -> None:
    """A server's log: routes with status and time, sign-ins; no query, id or token."""
    logger = logging.getLogger("treue.serving")
    if not logger.isEnabledFor(logging.INFO) or not logging.getLogger("treue").handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
