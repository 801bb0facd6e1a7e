"""What pip has to know of the network that QGIS is set up for: its proxy and its certificate authorities."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from qgis.core import QgsApplication, QgsNetworkAccessManager
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtNetwork import QNetworkProxy, QNetworkProxyFactory, QNetworkProxyQuery

_SCHEMES = {QNetworkProxy.ProxyType.Socks5Proxy: "socks5h"}
_NONE = (QNetworkProxy.ProxyType.NoProxy, QNetworkProxy.ProxyType.DefaultProxy)
# Any address on the internet would do: it is asked which proxy leads there, and nothing is sent.
_ANYWHERE = QUrl("https://example.org")


def network_environment(authorities: Path, env: dict[str, str]) -> dict[str, str]:
    """Environment variables that hand QGIS's network settings to pip; to be asked in the main thread.

    A proxy of QGIS or of the system wins over one that the environment names; without one, the environment's stays.

    Args:
        authorities: where a file with certificate authorities is written, if pip needs one.
        env: the environment that pip would have.

    Returns:
        Variables to add.

    Raises:
        OSError: the file cannot be written.
    """
    manager = QgsNetworkAccessManager.instance()
    found = {}
    proxy = _proxy(manager)
    if proxy is not None:
        # In the environment, where nobody's list of processes shows the password.
        found["HTTP_PROXY"] = found["HTTPS_PROXY"] = proxy_url(proxy)
        around = [QUrl(url).host() or url for url in (*manager.excludeList(), *manager.noProxyList()) if url]
        if around:
            found["NO_PROXY"] = ",".join(around)
        # Where the environment has a name in small letters, too, pip takes its value from there.
        found |= {name.lower(): value for name, value in found.items()}
    pem = _authorities()
    if pem and "PIP_CERT" not in env:
        authorities.parent.mkdir(parents=True, exist_ok=True)
        authorities.write_bytes(pem)
        # pip trusts those of the system besides.
        found["PIP_CERT"] = str(authorities)
    return found


def proxy_url(proxy: QNetworkProxy) -> str:
    """A proxy as pip wants it.

    Args:
        proxy: with a host.
    """
    user = quote(proxy.user(), safe="")
    if proxy.password():
        user += f":{quote(proxy.password(), safe='')}"
    at = "@" if user else ""
    port = f":{proxy.port()}" if proxy.port() else ""
    return f"{_SCHEMES.get(proxy.type(), 'http')}://{user}{at}{proxy.hostName()}{port}"


def _proxy(manager: QgsNetworkAccessManager) -> QNetworkProxy | None:
    asked = [manager.fallbackProxy()]
    if asked[0].type() == QNetworkProxy.ProxyType.DefaultProxy:
        asked = QNetworkProxyFactory.systemProxyForQuery(QNetworkProxyQuery(_ANYWHERE))
    return next((proxy for proxy in asked if proxy.type() not in _NONE and proxy.hostName()), None)


def _authorities() -> bytes:
    """All authorities that QGIS trusts, in PEM, where somebody has added to the system's."""
    manager = QgsApplication.authManager()
    if manager is None or manager.isDisabled() or not (manager.databaseCAs() or manager.extraFileCAs()):
        return b""
    return bytes(manager.trustedCaCertsPemText())
