"""The resolver: same, possible or new, with reasons - on small bases made for one question each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.keys import index_keys, lookup_keys, memory_keys, name_tokens
from dedup.known import CARDS_PER_KEY, Known, KnownCard, Subject, Verdict
from dedup.points import points, subject
from dedup.resolver import Thresholds, resolve
from intake.deal import ClientKind
from intake.decision import Identity, Resolution
from intake.inquiry import Sender

SAME, POSSIBLE, NEW = Identity.SAME, Identity.POSSIBLE, Identity.NEW
PHONE, OTHER_PHONE = "+79161234067", "+79267654021"


def card(
    client: str, name: str = "", *phones: str, mail: str = "", company: str = "", person: str = ""
) -> KnownCard:
    """A card as the ledger would show it; a name with a legal form is a company's own card."""
    sender = Sender(name=name, phones=phones, emails=(mail,) if mail else ())
    kind = ClientKind.COMPANY if "ООО" in name or person else ClientKind.PERSON
    keys = frozenset(point.key for point in points(sender))
    return KnownCard(client, person, name, kind, company or (name if "ООО" in name else ""), keys=keys)


def known(*cards: KnownCard, who: Subject, verdicts: dict[str, list[Verdict]] | None = None) -> Known:
    """What a store would read for `who` from a base of these cards."""
    wanted = lookup_keys(who)
    by_key: dict[str, list[KnownCard]] = {}
    for one in cards:
        for key in index_keys(one):
            if key in (*wanted.points, *wanted.blocking):
                by_key.setdefault(key, []).append(one)
    counts = [token for one in cards for token in name_tokens(one.name)]
    return Known(
        by_key={key: held[:CARDS_PER_KEY] for key, held in by_key.items()},
        holders={key: len({one.client_id for one in held}) for key, held in by_key.items()},
        name_counts={token: counts.count(token) for token in wanted.name_tokens},
        total=len(cards),
        verdicts=verdicts or {},
    )


def ask(who: Subject, *cards: KnownCard, verdicts: dict[str, list[Verdict]] | None = None) -> Resolution:
    """The resolver's answer over a base of these cards."""
    return resolve(who, known(*cards, who=who, verdicts=verdicts))


def who(name: str = "", phone: str = "", mail: str = "", company: str = "") -> Subject:
    """One who asks."""
    phones, emails = (phone,) if phone else (), (mail,) if mail else ()
    return subject(Sender(name=name, phones=phones, emails=emails, company=company))


ZIMIN = card("zimin", "Зимин Олег Петрович", PHONE, mail="o.zimin@yandex.ru")
WIFE = card("wife", "Зимина Инна", PHONE)
CROWD = [
    card("desk", "ООО Ромашка", "+74951230045", mail="info@romashka-opt.ru", company="ООО «Ромашка»"),
    *(
        card(f"c{at}", name, f"+74951230045;ext=10{at}", mail="info@romashka-opt.ru", company="ООО «Ромашка»")
        for at, name in enumerate(
            ["Ткачук Анна", "Белов Пётр Ильич", "Чижова Вера", "Ян Роман", "Юдин Лев", "Щукин Глеб", "Яшин Егор"]
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("asks", "base", "identity", "client"),
    [
        (who("Олег Зимин", PHONE), [ZIMIN], SAME, "zimin"),
        (who("", PHONE), [ZIMIN], SAME, "zimin"),
        (who("Клиент", PHONE), [ZIMIN], SAME, "zimin"),
        (who("Зимин О.П.", "", "o-zimin@ya.ru"), [ZIMIN], SAME, "zimin"),
        (who("Пётр", PHONE), [ZIMIN], POSSIBLE, "zimin"),
        (who("Зимин Олег Олегович", PHONE), [ZIMIN], POSSIBLE, "zimin"),
        # a household
        (who("", PHONE), [ZIMIN, WIFE], POSSIBLE, ""),
        (who("Инна", PHONE), [ZIMIN, WIFE], SAME, "wife"),
        (who("Олежка", PHONE), [ZIMIN, WIFE], SAME, "zimin"),
        (who("Даша Зимина", PHONE), [ZIMIN, WIFE], POSSIBLE, ""),
        (who("Женя", PHONE), [card("he", "Цой Евгений", PHONE), card("she", "Цой Евгения", PHONE)], POSSIBLE, ""),
        # two cards of one person
        (who("Олег", PHONE), [ZIMIN, card("twin", "Олег", PHONE)], SAME, "zimin"),
        # a switchboard and a desk's mailbox
        (who("Чижова Вера", "+74951230045"), CROWD, SAME, "c2"),
        (who("", "+74951230045;ext=103"), CROWD, SAME, "c3"),
        (who("", "+74951230045"), CROWD, POSSIBLE, "desk"),
        (who("", "+74951230045", company="РОМАШКА ООО"), CROWD, SAME, "desk"),
        (who("Савин Артур", "+74951230045"), CROWD, NEW, ""),
        (who("Глеб Савин", "", "info@romashka-opt.ru", "ООО «Ромашка»"), CROWD, NEW, ""),
        (who("", "", "info@romashka-opt.ru"), [CROWD[0]], POSSIBLE, "desk"),
        # contacts that lead to two people
        (who("", OTHER_PHONE, "o.zimin@yandex.ru"), [ZIMIN, card("x", "Ян Роман", OTHER_PHONE)], POSSIBLE, ""),
        (who("Зимин Олег", OTHER_PHONE, "o.zimin@ya.ru"), [ZIMIN, card("x", "Ян", OTHER_PHONE)], SAME, "zimin"),
        # no contact in common
        (who("Зимин Олег Петрович", OTHER_PHONE), [ZIMIN], POSSIBLE, "zimin"),
        (who("Зиммн Олег Петрович", OTHER_PHONE), [ZIMIN], POSSIBLE, "zimin"),
        (who("Зимин Олег", OTHER_PHONE), [ZIMIN], NEW, ""),
        (who("Олег", "+79161234076"), [ZIMIN], NEW, ""),
        # a typed domain
        (who("Зимин Олег", "", "o.zimin@yandex.ry"), [ZIMIN], SAME, "zimin"),
        (who("", "", "o.zimin@yandxe.ru"), [ZIMIN], POSSIBLE, "zimin"),
        (who("Зимин Олег", "", "o.zimin@mail.ru"), [ZIMIN], NEW, ""),
        # nothing at all
        (who(), [ZIMIN], NEW, ""),
        (who("Олег", "+7 999 999-99-99"), [ZIMIN, card("junk", "Олег", "+79999999999")], NEW, ""),
    ],
)  # fmt: skip
def test_who_it_is(asks: Subject, base: list[KnownCard], identity: Identity, client: str) -> None:
    """Contacts are evidence, names decide, crowds and strangers are told apart."""
    answer = ask(asks, *base)
    assert answer.identity is identity, answer.reasons
    assert answer.client_id == client or (not client and identity is POSSIBLE)
    assert answer.reasons


def test_f48_a_contact_of_anybody_is_known_by_its_holders() -> None:
    """An address under many unrelated names - a form's robot, a tracker's number - merges nobody, whatever it is."""
    names = [
        "Ткачук Анна",
        "Белов Пётр",
        "Чижова Вера",
        "Ян Роман",
        "Юдин Лев",
        "Щукин Глеб",
        "Яшин Егор",
        "Цой Ия",
    ]
    base = [card(f"c{at}", name, mail="made-up@tracker-opt.ru") for at, name in enumerate(names)]
    for name in ("", "Роман", "Савин Роман"):
        assert ask(who(name, "", "made-up@tracker-opt.ru"), *base).identity is NEW, name


def test_f48_a_few_strangers_are_no_household() -> None:
    """Three people of three families under one number: a given name alone asks, a full name is enough."""
    base = [card(f"c{at}", name, PHONE) for at, name in enumerate(["Ткачук Анна", "Белов Пётр", "Ян Роман"])]
    assert ask(who("Рома", PHONE), *base).identity is POSSIBLE
    assert ask(who("Роман Ян", PHONE), *base).identity is SAME


def test_f39_a_forged_sender_proposes_and_never_merges() -> None:
    """A letter that failed its sender check may be from anybody: the client is proposed."""
    sender = Sender(name="Олег Зимин", emails=("o.zimin@yandex.ru",))
    answer = ask(subject(sender, unproven_mail=True), ZIMIN)
    assert (answer.identity, answer.client_id) == (POSSIBLE, "zimin")
    assert "sender_unproven" in {reason.rule for reason in answer.reasons}


def test_a_common_name_with_a_new_contact_is_new() -> None:
    """What many carry says nothing of one; rarity is learnt from the base."""
    base = [card(f"c{at}", "Зимин Олег Петрович", f"+7916123{at:04}") for at in range(5, 40)]
    assert ask(who("Зимин Олег Петрович", OTHER_PHONE), *base).identity is NEW


def test_a_common_name_with_a_slip_in_the_phone_is_possible() -> None:
    """The same full name and two digits swapped is worth a look even where the name is common."""
    base = [card(f"c{at}", "Зимин Олег Петрович", f"+7916123{at:04}") for at in range(5, 40)]
    answer = ask(who("Зимин Олег Петрович", "+79161230103"), *base)
    assert (answer.identity, answer.client_id) == (POSSIBLE, "c13")


def test_a_human_outweighs_the_rules() -> None:
    """ "It is him" merges what the rules only suspected; "another one" is never proposed again."""
    asks = who("Пётр", PHONE)
    same = {memory_keys(asks)[0]: [Verdict("zimin", same=True)]}
    different = {memory_keys(asks)[0]: [Verdict("zimin", same=True), Verdict("zimin", same=False)]}
    assert ask(asks, ZIMIN, verdicts=same).identity is SAME
    assert ask(asks, ZIMIN, verdicts=different).identity is NEW


def test_people_of_one_company_make_the_client_sure() -> None:
    """Where all who hold the number are of one client, a company, the client is known though the person is not."""
    base = [
        card("firm", name, "+74951230045", company="ООО «Мак»", person=name)
        for name in ("Ян Роман", "Юдин Лев")
    ]
    silent, stranger = ask(who("", "+74951230045"), *base), ask(who("Савин Артур", "+74951230045"), *base)
    assert (silent.identity, silent.client_id, silent.person_id) == (SAME, "firm", "")
    assert (stranger.identity, stranger.client_id, stranger.person_id) == (POSSIBLE, "firm", "")


def test_thresholds_are_settings() -> None:
    """A house that wants every name looked at raises the bar."""
    asks = who("", PHONE)
    assert resolve(asks, known(ZIMIN, who=asks), Thresholds(same=12.0)).identity is POSSIBLE


def test_a_card_has_few_keys() -> None:
    """The index stays small: the contacts and three keys of a full name."""
    assert len(index_keys(ZIMIN)) == 5
    assert index_keys(card("x", "Олег", PHONE)) == ("phone:" + PHONE,)


NAMES = st.sampled_from(["", "Олег Зимин", "Инна", "Зимин Олег Петрович", "Ян", "ООО Мак", "???", "Zimin"])
PHONES, MAILS = (
    st.sampled_from([PHONE, OTHER_PHONE, "+74951230045"]),
    st.sampled_from(["", "info@mak-opt.ru", "a@ya.ru"]),
)
CARDS = st.lists(
    st.tuples(NAMES, PHONES, MAILS),
    max_size=9,
)  # fmt: skip


@given(
    CARDS,
    NAMES,
    st.sampled_from([PHONE, "+74951230045", ""]),
    st.sampled_from(["", "a@yandex.ru", "info@mak-opt.ru"]),
)
def test_the_order_of_the_base_decides_nothing(
    rows: list[tuple[str, str, str]], name: str, phone: str, mail: str
) -> None:
    """The same base in another order gives the same answer and the same reasons, and no merge lacks a contact."""
    base = [card(f"c{at}", one, number, mail=address) for at, (one, number, address) in enumerate(rows)]
    asks = who(name, phone, mail)
    answer = ask(asks, *base)
    assert answer == ask(asks, *reversed(base))
    if answer.identity is SAME:
        holder = next(one for one in base if one.client_id == answer.client_id)
        assert holder.keys & {point.key for point in asks.points}


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_resolved(name: str, phone: str, mail: str) -> None:
    """Whatever stands in the fields, there is an answer with a reason."""
    assert ask(who(name, phone, mail), ZIMIN, *CROWD).reasons
