"""A raw letter becomes an Inquiry, an answer of ours, or one of those nobody has to read. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import parsedate_to_datetime

from channels.email.addresses import Mailbox, is_robot_address, is_site_address, parse_addresses
from channels.email.automatic import automatic_reason, structural_reason
from channels.email.automatic_signs import signs_of
from channels.email.form_letter import FormLetter, read_form
from channels.email.form_robots import is_sites_order, tells_of_request
from channels.email.forwards import Forward, bare_subject, find_forward, is_forward_subject
from channels.email.letter import Letter, read_letter
from channels.email.ours import addressed_mailbox, is_house_mail, ours_of, recipients_of
from channels.email.own_words import Own, own_of
from channels.email.quotes import split_quotes
from channels.email.sender import Author, author_of
from channels.email.signature import (
    company_in,
    cut_signature,
    inn_in,
    name_in,
    phones_in,
)
from channels.email.told_by_robot import name_alone, name_told
from intake.account import Account, Company
from intake.clock import Millis, from_datetime
from intake.contact import find_emails
from intake.errors import Unreadable
from intake.inquiry import Inquiry, Kind, Outcome, Parsed, Raw, Recipient, Sender

_MESSAGE_ID = re.compile(r"<([^<>\s]{1,500})>")
_MOST_REFERENCES = 50
_DAY: Millis = 86_400_000
_OLDEST: Millis = 631_152_000_000  # 1990: an older Date is a broken clock's
_MOST_FORWARDS = 5
_NOTHING_SAID = re.compile(
    r"[\s.,!:;-]*(?:fyi|см\.? ?ниже|смотри(?:те)? ниже|в работу|для информации|к сведению|на обработку|"
    r"обработай(?:те)?|прошу обработать|пересылаю|переслал|"
    r"(?:добрый день|здравствуйте|коллеги)?[\s.,!]*)*",
    re.IGNORECASE,
)


class EmailParser:
    """Understands letters. A Raw's body is the letter; its head may name `folder` and `internal_date` (ms)."""

    def parse(self, raw: Raw, account: Account, company: Company) -> Parsed:
        """What a letter is. Raises Unreadable when there is nothing in it, or the server did not give it.

        A head with `flag` = "answered" tells that the letter whose headers are the body was answered.
        """
        if raw.head.get("unreadable"):
            raise Unreadable(str(raw.head["unreadable"]))
        reading = _Reading(raw, account, company)
        return reading.answered() if raw.head.get("flag") == "answered" else reading.result()


class _Reading:
    """One letter on its way: each step either knows the answer or leaves it to the next."""

    def __init__(self, raw: Raw, account: Account, company: Company) -> None:
        self._raw = raw
        self._account = account
        self._company = company
        self._letter = read_letter(raw.body)
        self._ours = ours_of(account, company)
        self._author = author_of(self._letter, self._ours)
        self._blank = self._inquiry()

    def result(self) -> Parsed:
        """The first step that knows: structure, form robots, our own letters, automatic mail, forwards, people."""
        reason = structural_reason(self._letter)
        if reason:
            return self._ignored(reason)
        form = (
            None
            if is_forward_subject(self._letter.subject)
            else read_form(self._letter, self._ours, self._company)
        )
        if form and not self._is_sent():
            return Parsed(Outcome.ACCEPTED, self._of_form(form))
        own = self._own_words()
        if self._author.writer.address in self._ours or self._is_sent():
            return self._of_ours(own)
        if not tells_of_request(self._letter, self._author.writer.address):
            reason = self._automatic(own)
        return self._ignored(reason) if reason else Parsed(Outcome.ACCEPTED, self._of_somebody(own))

    def answered(self) -> Parsed:
        """A client's letter was answered by somebody's mail program: `sender` is the client, as in our answers."""
        message_id = next(iter(_ids(self._letter.headers.get("message-id"))), "")
        named = tuple(dict.fromkeys(one for one in (*self._blank.references, message_id) if one))
        emails = self._author.addresses
        client = Sender(name=self._author.name, emails=emails)
        told = replace(self._blank, external_id=self._raw.external_id, references=named, sender=client)
        return Parsed(Outcome.ANSWER, replace(told, occurred_at=self._raw.received_at), "answered_flag")

    # --- the letter's own facts

    def _inquiry(self) -> Inquiry:
        """What holds whoever wrote it."""
        letter, raw = self._letter, self._raw
        references = _references(letter)
        message_id = next(iter(_ids(letter.headers.get("message-id"))), "")
        return Inquiry(
            id=raw.inquiry_id,
            account=raw.account,
            channel=raw.channel,
            kind=Kind.EMAIL,
            received_at=raw.received_at,
            external_id=message_id or raw.external_id,
            thread=next(iter(references), message_id),
            references=references,
            occurred_at=_written_at(letter, raw),
            recipient=Recipient(mailbox=addressed_mailbox(letter, self._ours)),
            subject=letter.subject,
            attachments=letter.attachments,
            service=self._account.service,
            authenticated=self._author.authenticated,
            history=raw.history,
        )

    def _own_words(self) -> Own:
        letter = self._letter
        return own_of(split_quotes(letter.plain or letter.text, letter.html or None))

    def _is_sent(self) -> bool:
        folder = str(self._raw.head.get("folder", ""))
        return bool(self._raw.head.get("sent")) or (
            bool(folder) and folder == self._account.option("sent_folder")
        )

    def _ignored(self, reason: str) -> Parsed:
        """Listed with its reason and still whole: one press makes an inquiry of it after all."""
        own = self._own_words()
        writer = self._author.writer
        shown = self._author
        if writer.address and writer.address not in shown.addresses:
            shown = replace(shown, name=writer.name, addresses=(writer.address, *shown.addresses))
        inquiry = replace(self._blank, sender=self._person(own, shown), text=own.signed.words)
        return Parsed(Outcome.IGNORED, inquiry, reason)

    # --- who asks

    def _of_form(self, form: FormLetter) -> Inquiry:
        proven = None if is_robot_address(self._author.writer.address) else self._author.authenticated
        return replace(
            self._blank,
            kind=Kind.FORM,
            sender=form.sender,
            text=form.text,
            fields=form.fields,
            attribution=form.attribution,
            authenticated=proven,
        )

    def _automatic(self, own: Own) -> str:
        return automatic_reason(signs_of(self._letter, self._author.writer, own.whole, self._ours))

    def _of_somebody(self, own: Own) -> Inquiry:
        """From outside: a person's own letter, or another's that was passed on."""
        forward = self._forward()
        if forward and self._speaks_for_another(forward, own):
            return self._of_forward(forward)
        return self._of_person(own, forward)

    def _of_ours(self, own: Own) -> Parsed:
        """From one of us: an answer to a client, a client's letter passed on, or a word among colleagues."""
        outside = [one for one in recipients_of(self._letter) if one.address not in self._ours]
        if self._author.answer_to and not outside and not self._is_sent():
            return Parsed(
                Outcome.ACCEPTED, self._of_person(own, None)
            )  # a site's robot, answers go to the visitor
        automatic = self._automatic(own)
        if automatic and automatic != "spam":
            return Parsed(Outcome.IGNORED, self._to(outside, own), "own" if outside else automatic)
        if outside or self._is_sent():
            return Parsed(Outcome.ANSWER, self._to(outside, own), "own")
        forward = self._forward()
        if forward and forward.author.address not in self._ours:
            return Parsed(Outcome.ACCEPTED, self._of_forward(forward))
        if self._author.addresses:
            return Parsed(Outcome.ACCEPTED, self._of_person(own, None))
        return Parsed(
            Outcome.IGNORED, replace(self._blank, sender=self._staff(), text=own.signed.words), "staff"
        )

    def _staff(self) -> Sender:
        writer = self._author.writer
        return Sender(name=writer.name, emails=(writer.address,) if writer.address else ())

    def _to(self, outside: list[Mailbox], own: Own) -> Inquiry:
        """Our own letter: its `sender` is the client we wrote to."""
        client = next(iter(outside), Mailbox("", ""))
        sender = Sender(name=client.name, emails=tuple(dict.fromkeys(one.address for one in outside)))
        mailbox = self._author.writer.address or self._blank.recipient.mailbox
        return replace(
            self._blank, sender=sender, text=own.signed.words, recipient=Recipient(mailbox=mailbox)
        )

    def _of_person(self, own: Own, forward: Forward | None) -> Inquiry:
        """A person's letter; one that passes a letter on without a word says what that letter says."""
        words = own.signed.words
        if forward and forward.body.strip() and bare_subject(self._letter.subject):
            note = cut_signature(forward.note).words
            words = f"{note}\n\n{forward.body}".strip() if note not in forward.body else forward.body
        return replace(self._blank, sender=self._person(own, self._author), text=words)

    def _person(self, own: Own, author: Author) -> Sender:
        mined = own.whole if author.addresses else f"{self._letter.subject}\n{own.whole}"
        phones = self._phones(mined)
        name, emails = author.name, author.addresses
        told = not emails or self._told_by_site(phones, own)
        if told:
            name, emails = self._behind_robot(own, author)
        robot = told and is_site_address(author.writer.address)
        return Sender(
            name=name or ("" if robot else name_in(own.signed.signature)),
            phones=tuple(number for number, _ in phones),
            extensions=tuple(dict.fromkeys(extension for _, extension in phones if extension)),
            emails=emails,
            company=company_in(own.signed.signature, own.signed.words, self._company.name),
            inn=inn_in(own.whole),
        )

    def _told_by_site(self, phones: list[tuple[str, str]], own: Own) -> bool:
        """Whether a shop's robot tells of a buyer whose contacts stand in its words."""
        writer = self._author.writer.address
        if self._letter.headers.has("in-reply-to"):
            return False
        if tells_of_request(self._letter, writer):
            return True
        if self._author.answer_to or not is_sites_order(self._letter, writer):
            return False
        return bool(phones) or any(one != writer and one not in self._ours for one in find_emails(own.whole))

    def _behind_robot(self, own: Own, author: Author) -> tuple[str, tuple[str, ...]]:
        """A robot tells of somebody in its own words: whom it names, never itself."""
        domain = author.writer.domain
        written = [
            one
            for one in find_emails(own.whole)
            if one not in self._ours
            and not is_robot_address(one)
            and (not domain or not one.endswith(domain))
        ]
        name = name_told(self._letter.subject, own.whole) or name_alone(own.whole)
        return name, tuple(written[:1])

    def _phones(self, text: str) -> list[tuple[str, str]]:
        found = phones_in(text, self._company.region)
        return [(number, extension) for number, extension in found if number not in self._company.own_phones]

    # --- letters within letters

    def _forward(self) -> Forward | None:
        """The letter inside, however it was passed on; through several hands to its first author."""
        declared = is_forward_subject(self._letter.subject)
        found = find_forward(self._letter.text, declared=declared)
        if found is None and declared:
            nested = self._letter.nested()
            author = (
                next(iter(parse_addresses(nested.headers.get("from")).mailboxes), None) if nested else None
            )
            found = (
                Forward(self._letter.text, author, nested.subject, nested.text) if nested and author else None
            )
        note = found.note if found else ""
        for _ in range(_MOST_FORWARDS):
            deeper = find_forward(found.body, declared=is_forward_subject(found.subject)) if found else None
            if found is None or deeper is None or found.author.address not in self._ours:
                break
            found = deeper
        return replace(found, note=note) if found else None

    def _speaks_for_another(self, forward: Forward, own: Own) -> bool:
        """Whether the author inside is the client: one of us passes it on, or somebody without a word of theirs."""
        writer, author = self._author.writer, forward.author
        if not author.address or author.address in self._ours or author.address == writer.address:
            return False
        if is_house_mail(writer.address, self._letter, self._ours):
            return author.domain != writer.domain
        note = cut_signature(forward.note).words if forward.note else ""
        silent = _NOTHING_SAID.fullmatch(note) is not None or (not own.signed.words and not note)
        return silent and author.domain != writer.domain

    def _of_forward(self, forward: Forward) -> Inquiry:
        """A client's letter that came through somebody's hands."""
        inner = self._letter.nested() if not find_forward(self._letter.text, declared=True) else None
        body = forward.body
        form = self._form_within(forward)
        subject = forward.subject or bare_subject(self._letter.subject)
        passed_on = {"forwarded_by": self._author.writer.address}
        note = cut_signature(forward.note).words
        if note:
            passed_on["forwarded_note"] = note
        blank = replace(
            self._blank,
            subject=subject,
            authenticated=self._author.authenticated if self._author.writer.address in self._ours else False,
            attachments=inner.attachments if inner else self._blank.attachments,
        )
        if form:
            return replace(
                blank,
                kind=Kind.FORM,
                sender=form.sender,
                text=form.text,
                fields={**form.fields, **passed_on},
                attribution=form.attribution,
            )
        split = split_quotes(inner.plain or inner.text, inner.html or None) if inner else split_quotes(body)
        own = own_of(split)
        addresses = (forward.author.address,) if forward.author.address else ()
        author = Author(forward.author.name, addresses, forward.author, None, None)
        return replace(blank, sender=self._person(own, author), text=own.signed.words, fields=passed_on)

    def _form_within(self, forward: Forward) -> FormLetter | None:
        headers = replace(
            self._letter.headers,
            pairs=(("from", f"<{forward.author.address}>"), ("subject", forward.subject)),
        )
        inside = replace(
            self._letter,
            headers=headers,
            subject=forward.subject,
            text=forward.body,
            plain=forward.body,
            html="",
        )
        return read_form(inside, self._ours, self._company)


def _ids(value: str) -> list[str]:
    found = _MESSAGE_ID.findall(value)
    bare = value.strip().strip("<>").strip()
    return found or ([bare] if bare and " " not in bare and "@" in bare else [])


def _references(letter: Letter) -> tuple[str, ...]:
    """The ids of earlier letters of the conversation, its first one first."""
    named = [*_ids(letter.headers.get("references")), *_ids(letter.headers.get("in-reply-to"))]
    unique = list(dict.fromkeys(named))
    return tuple(unique[:1] + unique[1:][-(_MOST_REFERENCES - 1) :])


def _written_at(letter: Letter, raw: Raw) -> Millis | None:
    """When it was written by its own clock, if that clock can be believed; else when the server took it in."""
    given = raw.head.get("internal_date")
    arrived = given if isinstance(given, int) and given > 0 else None
    try:
        at = from_datetime(parsedate_to_datetime(letter.headers.get("date")))
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return arrived
    latest = max(arrived or 0, raw.received_at) + _DAY
    return at if _OLDEST < at <= latest else arrived
