"""The access log keeps no token of a calendar subscription."""

from itsm.server.access import masked


def test_a_token_in_an_address_is_cut_and_other_addresses_are_kept() -> None:
    line = "GET /calendar-feeds/AbC-_123Z" + "x" * 34 + ".ics HTTP/1.1"

    assert masked(line) == "GET /calendar-feeds/AbC-_123….ics HTTP/1.1"
    assert masked("GET /services/webmail/ HTTP/1.1") == "GET /services/webmail/ HTTP/1.1"
