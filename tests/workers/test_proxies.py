"""Which addresses are our own proxies'."""

import resource

import pytest

from workers.web.proxies import Proxies
from workers.web.server import raise_file_limit

NAMED = ("127.0.0.1", "10.0.0.0/8", "fd00::/8", "::1")


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("127.0.0.1", True),
        ("10.200.3.4", True),
        ("::ffff:10.1.1.1", True),
        ("::ffff:127.0.0.1", True),
        ("fd12:3456::1", True),
        ("0:0:0:0:0:0:0:1", True),
        ("127.0.0.2", False),
        ("11.0.0.1", False),
        ("2001:db8::1", False),
        ("", False),
        ("unknown", False),
        ("10.0.0.1, 10.0.0.2", False),
    ],
)
def test_an_address_or_a_network_names_a_proxy(address: str, ours: bool) -> None:
    """A network covers its addresses, in either notation; what is no address is nobody's."""
    assert (address in Proxies(NAMED)) is ours


def test_without_proxies_nobody_is_one() -> None:
    """The default believes no header."""
    assert "127.0.0.1" not in Proxies(())


def test_the_web_face_opens_as_many_files_as_it_may() -> None:
    """The soft limit goes up to the hard one; a second time changes nothing."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        raise_file_limit()
        raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))
