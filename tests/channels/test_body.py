"""Bodies read safely: charset, JSON, urlencoded, multipart."""

import tracemalloc
from contextlib import suppress
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_multipart import FormParser

from channels.body import DEEPEST, decode, media_type, read_json, read_urlencoded
from channels.multipart import Part, read_multipart
from intake.errors import Unreadable

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\N{REPLACEMENT CHARACTER}"), max_size=40)
NAMES = st.text("abcйё[] -_.:*", min_size=1, max_size=20).map(str.strip).filter(bool)


def test_media_type_is_split_from_its_parameters() -> None:
    """The type is lower case, the parameters stay as they stand."""
    assert media_type("Text/Plain ; charset=UTF-8") == ("text/plain", " charset=UTF-8")
    assert media_type("") == ("", "")


@given(st.lists(st.tuples(NAMES, TEXT), min_size=1, max_size=20))
@settings(deadline=None)
def test_urlencoded_reads_what_the_standard_library_reads(pairs: list[tuple[str, str]]) -> None:
    """Any pairs come through, in order, repeats and blanks included."""
    body = urlencode(pairs).encode()
    assert read_urlencoded(body) == parse_qsl(body.decode(), keep_blank_values=True) == pairs


@given(
    st.lists(st.tuples(NAMES, st.text("абвгдежзийклмнопрстуфхцчшщъыьэюяЁё abc+&=%", max_size=30)), min_size=1)
)
@settings(deadline=None)
def test_cp1251_is_understood_without_being_declared(pairs: list[tuple[str, str]]) -> None:
    """A windows-1251 page's form, and a header that lies about it, make the same text."""
    pairs.append(("проверка", "съешь ещё этих мягких булок"))
    body = urlencode(pairs, encoding="cp1251").encode()
    assert read_urlencoded(body) == pairs
    assert read_urlencoded(body, "utf-8") == pairs


def test_declared_charsets_are_used_when_it_is_not_utf8() -> None:
    """`_charset_` names the page's charset, the header does otherwise; names that are none are windows-1251."""
    body = urlencode({"_charset_": "koi8-r", "a": "Ёж"}, encoding="koi8-r").encode()
    assert dict(read_urlencoded(body))["a"] == "Ёж"
    assert decode(["Ёж".encode("cp866")], "IBM866") == ["Ёж"]
    assert decode(["Ёж".encode("cp1251")], "idna") == ["Ёж"]
    assert decode([b"\x98 &#128512; &#0; &#55357;"]) == ["\N{REPLACEMENT CHARACTER} 😀 &#0; &#55357;"]


def test_a_big_body_is_read_like_a_small_one() -> None:
    """Bodies of megabytes go piece by piece, with the same result, in either charset."""
    pairs = [("a", "Ёж и + уж & co=1"), ("b", ""), ("c", "Ы" * 300_000), ("a", "ещё")]
    for encoding in ("utf-8", "cp1251"):
        body = b"&" + urlencode(pairs, encoding=encoding).encode() + b"&&"
        assert len(body) > 900_000
        assert read_urlencoded(body * (1 if encoding == "utf-8" else 2))[: len(pairs)] == pairs


def test_percent_signs_that_encode_nothing_stay() -> None:
    """Broken escapes are text."""
    assert read_urlencoded(b"a=100%&b=%zz&%") == [("a", "100%"), ("b", "%zz"), ("%", "")]


def test_a_replacement_character_that_was_sent_stays() -> None:
    """A text that holds the replacement character itself is no sign of another charset."""
    body = urlencode({"a": "Ёж \N{REPLACEMENT CHARACTER}"}).encode()
    assert read_urlencoded(body) == [("a", "Ёж \N{REPLACEMENT CHARACTER}")]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'\xef\xbb\xbf{"a": "x"}', {"a": "x"}),
        (b'{"a": "x\ny\t"}', {"a": "x\ny\t"}),
        ('{"a": "Ёж"}'.encode("cp1251"), {"a": "Ёж"}),
        (b'{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        (b'{"a": "\\ud83d!", "b": "\\ud83d\\ude00"}', {"a": "\N{REPLACEMENT CHARACTER}!", "b": "😀"}),
        (b'{"a": "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}', {"a": "[" * 39}),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
    ],
)
def test_json_as_it_is_written_in_the_world(body: bytes, value: object) -> None:
    """Hand-made templates, big numbers and repeated keys are read, the same way each time."""
    assert read_json(body) == (value if value is not None else read_json(body))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
        b"[" * 1000 + b"]" * 1000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"[" * 3_000_000,
        b"[" + b"[]," * 100_000 + b"1]",
        b"\xff\xfe\x00",
    ],
)
def test_f60_json_that_is_broken_or_bottomless_is_unreadable(body: bytes) -> None:
    """Broken, too deep, too many: one line says so."""
    with pytest.raises(Unreadable) as error:
        read_json(body)
    assert "\n" not in str(error.value)


def multipart(
    parts: list[tuple[str, str | None, bytes]], boundary: str = "demo", newline: bytes = b"\r\n"
) -> bytes:
    """A body as browsers write it; parts are (name, file name, content)."""
    lines = []
    for name, filename, content in parts:
        told = "" if filename is None else f'; filename="{filename}"'
        lines += [
            f"--{boundary}".encode(),
            f'Content-Disposition: form-data; name="{name}"{told}'.encode(),
            b"",
            content,
        ]
    return newline.join([*lines, f"--{boundary}--".encode(), b""])


def told(parts: list[Part]) -> list[tuple[str, str | None, bytes]]:
    return [
        (one.name, one.filename, one.text.encode() if one.filename is None else bytes(one.content))
        for one in parts
    ]


@given(
    st.lists(
        st.tuples(NAMES, st.none() | st.just("a.bin"), st.binary(max_size=200)), min_size=1, max_size=10
    ),
    st.sampled_from([b"\r\n", b"\n"]),
)
@settings(deadline=None)
def test_multipart_parts_come_out_as_they_went_in(
    parts: list[tuple[str, str | None, bytes]], newline: bytes
) -> None:
    """Names, file names and bytes survive; texts are UTF-8 here."""
    parts = [(name, file, one if file else one.decode("latin-1").encode()) for name, file, one in parts]
    parts = [one for one in parts if b"--demo" not in one[2]]
    if newline == b"\n":
        parts = [(name, file, content.rstrip(b"\r")) for name, file, content in parts]
    if parts:
        assert told(read_multipart("boundary=demo", multipart(parts, newline=newline))) == parts


@given(st.lists(st.tuples(st.just("f"), st.just("a.bin"), st.binary(max_size=100)), min_size=1, max_size=5))
@settings(deadline=None)
def test_multipart_agrees_with_another_parser(parts: list[tuple[str, str | None, bytes]]) -> None:
    """python-multipart reads the same files out of the same body (parsers that disagree let things slip through)."""
    body = multipart(parts)
    seen: list[bytes] = []

    def on_file(file) -> None:  # type: ignore[no-untyped-def]  # python-multipart's own file object
        file.file_object.seek(0)
        seen.append(file.file_object.read())

    parser = FormParser("multipart/form-data", lambda _: None, on_file, boundary="demo")
    parser.write(body)
    parser.finalize()
    assert [bytes(one.content) for one in read_multipart("boundary=demo", body)] == seen


def test_multipart_of_other_makers() -> None:
    """A preamble, spaces after the boundary, single quotes left out, a boundary in quotes, one not declared."""
    body = b"hello\r\n--a b \r\ncontent-disposition:form-data;name=x\r\nX-More: 1\r\n\r\n1\r\n--a b--\r\nbye"
    assert told(read_multipart('charset=x; boundary="a b"', body)) == [("x", None, b"1")]
    assert told(read_multipart("", multipart([("x", None, b"1")], "----Undeclared"))) == [("x", None, b"1")]
    inner = multipart([("x", "a", b"1\r\n--demoted\r\n--dem\r\n-demo--")])
    assert told(read_multipart("boundary=demo", inner)) == [("x", "a", b"1\r\n--demoted\r\n--dem\r\n-demo--")]


@pytest.mark.parametrize(
    ("disposition", "name", "filename"),
    [
        (b'form-data; name="a%22b"; filename="x%22.txt"', 'a"b', 'x".txt'),
        (b'form-data; name="a"; filename="x\\"y.txt"', "a", 'x"y.txt'),
        (b'form-data; name="a"; filename="x.txt"; filename*=UTF-8\'\'%D0%81%D0%B6.txt', "a", "Ёж.txt"),
        (b"form-data; filename=x.txt; name=a", "a", "x.txt"),
        (b'form-data; name=""', "", None),
        ('form-data; name="имя"; filename="Ёж.txt"'.encode(), "имя", "Ёж.txt"),
    ],
)
def test_names_of_parts(disposition: bytes, name: str, filename: str | None) -> None:
    """Names are read as browsers, curl and mail libraries write them."""
    body = b"--demo\r\nContent-Disposition: " + disposition + b"\r\n\r\n1\r\n--demo--\r\n"
    (part,) = read_multipart("boundary=demo", body)
    assert (part.name, part.filename) == (name, filename)


def test_f24_a_multipart_body_cut_anywhere_is_unreadable() -> None:
    """A form without its end is not half a form."""
    body = multipart([("name", None, "Ёж".encode()), ("file", "a", b"12345")])
    for cut in range(len(body) - len("--\r\n")):
        with pytest.raises(Unreadable):
            read_multipart("boundary=demo", body[:cut])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--demo",
        b"--demo\r\n\r\n",
        b"--demo\r\n\r\n1\r\n--demo--",
        b"--demo\r\nContent-Disposition: form-data\r\n\r\n1\r\n--demo--",
        b"--demo\r\nX: " + b"a" * 100_000 + b"\r\n\r\n1\r\n--demo--",
        multipart([("a", None, b"1")] * 10_000),
        b"--demo\r\n" * 10_000,
        b"\r\n--demo\r" * 100_000,
    ],
)
def test_f60_a_part_bomb_is_unreadable(body: bytes) -> None:
    """No names, endless headers, ten thousand parts: refused, quickly."""
    with pytest.raises(Unreadable):
        read_multipart("boundary=demo", body)


def test_a_25_mb_file_is_not_copied() -> None:
    """Reading a big form takes a fraction of its size on top of it: parts are views."""
    body = multipart([("name", None, b"x"), ("file", "a", bytes(25_000_000))])
    tracemalloc.start()
    try:
        parts = read_multipart("boundary=demo", body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert parts[1].content.nbytes == 25_000_000
    assert peak < 5_000_000


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_no_bytes_make_a_reader_crash(body: bytes) -> None:
    """Whatever comes is read or Unreadable."""
    readers = (
        read_json,
        read_urlencoded,
        lambda one: read_multipart("boundary=a", one),
        lambda one: read_multipart("", one),
    )
    for read in readers:
        with suppress(Unreadable):
            read(body)


@pytest.mark.parametrize("offset", range(7))
def test_a_big_urlencoded_body_is_read_as_a_small_one(offset: int) -> None:
    """It is read in slices: an escape or a letter on their border stays whole, wherever the border falls."""
    text = "x" * offset + "Ёж и «ёлка» 100% + \N{GRINNING FACE} " * 60_000
    pairs = [("a", text), ("b", ""), ("", "c"), ("дом", "7")]
    body = urlencode(pairs).encode()
    assert len(body) > 2_000_000
    assert read_urlencoded(b"&" + body + b"&d&&") == [*pairs, ("d", "")]
    assert (
        read_urlencoded(urlencode(pairs[0:1], encoding="cp1251", errors="xmlcharrefreplace").encode())
        == pairs[0:1]
    )
