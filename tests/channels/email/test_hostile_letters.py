"""Letters made to break a reader: any bytes get an answer, in bounded time and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from intake.errors import Unreadable
from intake.inquiry import inquiry_json
from tests.channels.email.test_letters import LETTERS, read

ROOT = Path(__file__).parents[3]
HEAD = b"From: a@mail-test.ru\r\nSubject: x\r\n"
SAMPLES = sorted(LETTERS.glob("*.eml"))
MEGABYTE = 1_000_000


def answered(letter: bytes) -> bool:
    """Whether a letter gets an inquiry that can be shown and stored, or is refused as unreadable."""
    try:
        shown = str(inquiry_json(read(letter).inquiry))
    except Unreadable:
        return True
    shown.encode("utf-8")
    return "\0" not in shown


def nested(depth: int) -> bytes:
    """A letter of multiparts within multiparts."""
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(depth)
    )
    closing = b"".join(b"--b%d--\r\n" % at for at in reversed(range(depth)))
    return HEAD + opening + b"Content-Type: text/plain\r\n\r\ndeep inside\r\n" + closing


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2_000))
def test_f36_any_bytes_get_an_answer(letter: bytes) -> None:
    """Random bytes raise nothing but Unreadable."""
    assert answered(letter)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 4_000), st.binary(max_size=12)), max_size=6)
)
def test_f36_damaged_letters_get_an_answer(sample: Path, damage: list[tuple[int, bytes]]) -> None:
    """Real letters with bytes overwritten anywhere raise nothing but Unreadable."""
    letter = bytearray(sample.read_bytes())
    for at, junk in damage:
        letter[at % len(letter) : at % len(letter) + len(junk)] = junk
    assert answered(bytes(letter))


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 4_000))
def test_f24_a_cut_letter_gets_an_answer(sample: Path, at: int) -> None:
    """A letter cut at any byte is still answered."""
    assert answered(sample.read_bytes()[:at])


@pytest.mark.timeout(20)
def test_f36_a_thousand_levels_are_read_to_the_bottom() -> None:
    """Nesting needs no recursion: the text of the innermost of 1,000 multiparts is found."""
    assert read(nested(1_000)).inquiry.text == "deep inside"


@pytest.mark.timeout(20)
def test_f36_ten_thousand_parts_are_bounded() -> None:
    """Of 10,000 parts the first ones are listed; the letter is answered."""
    part = b"--z\r\nContent-Type: image/png; name=a.png\r\n\r\nx\r\n"
    letter = HEAD + b"Content-Type: multipart/mixed; boundary=z\r\n\r\n" + part * 10_000 + b"--z--\r\n"
    assert 0 < len(read(letter).inquiry.attachments) <= 1_000


@pytest.mark.timeout(20)
def test_f36_a_megabyte_in_one_header_hides_nothing_behind_it() -> None:
    """The headers after a line of 1 MB are still read."""
    letter = b"X-Long: " + b"A" * MEGABYTE + b"\r\n" + HEAD + b"\r\ntext"
    inquiry = read(letter).inquiry
    assert inquiry.sender.emails == ("a@mail-test.ru",)
    assert inquiry.text == "text"


HOSTILE = {
    "parentheses": b"From: " + b"(" * MEGABYTE + b"\r\n\r\nx",
    "angles": b"From: " + b"<a@" * (MEGABYTE // 3) + b"\r\n\r\nx",
    "many recipients": HEAD + b"To: " + b"a@b.ru, " * 120_000 + b"\r\n\r\nx",
    "encoded words without end": b"Subject: " + b"=?a?q?x" * 140_000 + b"\r\n\r\nx",
    "a subject of spaces": b"Subject: " + b" " * MEGABYTE + b"x\r\n\r\nx",
    "references": HEAD + b"References: " + b"<a@b>" * 200_000 + b"\r\n\r\nx",
    "parameters": HEAD + b"Content-Type: text/plain" + b"; a=b" * 200_000 + b"\r\n\r\nx",
    "phones": HEAD + b"\r\n" + b"8 916 123 45 67 " * 60_000,
    "digits": HEAD + b"\r\n" + b"1 " * 500_000,
    "half a phone": HEAD + b"\r\n" + b"+7 (9" * 200_000,
    "rules": HEAD + b"\r\n" + b"---\n" * 250_000,
    "asterisks": HEAD + b"\r\n" + b"*" * MEGABYTE,
    "labels": HEAD + b"\r\n" + b"a: b\n" * 200_000,
    "closings": HEAD + b"\r\nhi\n" + "С уважением\n".encode() * 40_000,
    "quotes": HEAD + b"\r\n" + b"> a\n" * 250_000,
    "absence": HEAD + b"\r\n" + "нахожусь в отпуске ".encode() * 28_000,
    "forwards": HEAD[:22] + b"Subject: Fwd: x\r\n\r\n" + b"From: a b\n" * 100_000,
    "addresses": HEAD + b"\r\n" + b"a." * 500_000 + b"@b.ru",
    "companies": HEAD + b"\r\n" + "ООО «".encode() * 110_000,
    "uuencoded heads": HEAD + b"\r\n" + b"begin 644 a\n" * 80_000 + b"end",
    "open tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
    "less-than": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<" * MEGABYTE,
    "tables": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 60_000,
    "boundaries": HEAD + b"Content-Type: multipart/mixed; boundary=z\r\n\r\n" + b"--z\r\n" * 200_000,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("letter", HOSTILE.values(), ids=HOSTILE.keys())
def test_f67_a_megabyte_of_anything_is_read_in_linear_time(letter: bytes) -> None:
    """A quadratic reader would need hours for each of these; the time-out is generous for a linear one."""
    assert answered(letter)


MEMORY = """
import base64, os, sys
from tests.channels.email.test_letters import read
head = b'From: a@mail-test.ru\\r\\nContent-Type: multipart/mixed; boundary=z\\r\\n\\r\\n'
head += b'--z\\r\\n\\r\\nhello\\r\\n--z\\r\\n'
kind = sys.argv[1]
if kind == 'file':
    body = b'Content-Type: application/pdf; name=a.pdf\\r\\nContent-Transfer-Encoding: base64\\r\\n\\r\\n'
    body += base64.encodebytes(os.urandom(18_500_000))
elif kind == 'text':
    body = b'Content-Type: text/plain; charset=koi8-r\\r\\n\\r\\n' + 'Привет, мир!\\n'.encode('koi8-r') * 1_930_000
else:
    body = b'Content-Type: text/html\\r\\n\\r\\n' + b'<p>Hello <b>world</b></p>\\n' * 960_000
letter = head + body + b'\\r\\n--z--\\r\\n'
del body
read(letter[:200] + b'\\r\\n--z--')
baseline = int(open('/proc/self/statm').read().split()[1]) * 4096
parsed = read(letter)
# not getrusage: its peak begins with that of the process we were started by
peak = int(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0]) * 1024
used = max(peak - baseline, 0) + len(letter)
print(len(letter), used)
assert len(letter) > 24_000_000
assert used <= 4 * len(letter), used / len(letter)
"""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["file", "text", "html"])
def test_a_letter_of_25_mb_takes_at_most_four_times_its_size(kind: str) -> None:
    """A child reads a letter of 25 MB; its memory, the letter itself included, stays under four times that."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, kind], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
