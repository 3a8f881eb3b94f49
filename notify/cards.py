"""The card: a pure rendering of a CardView into the text and the buttons a manager sees, in any messenger."""

from __future__ import annotations

from dataclasses import dataclass

from intake.deal import CardState
from intake.inquiry import Kind
from intake.view import CardView, Touch
from notify.contacts import Sight, contact_line, short_name
from notify.keyboard import Rows, keyboard
from notify.markup import Pair, foreign, joined, ours, page, quote
from notify.plaintext import cut, cut_lines, lines, one_line
from notify.style import Face, Style, moment

TEXT_SIGNS = 300
"""Of each inquiry's text this much is shown."""
PUSH_SIGNS = 60
"""What a telephone shows of a notice."""
_FILES = 3
_GIST = 80


@dataclass(frozen=True, slots=True)
class CardText:
    """A rendered card. `html` knows Telegram's tags alone; `push` is the beginning of the first line, and a
    letter's subject; `buttons` stand in rows."""

    html: str
    plain: str
    push: str
    buttons: Rows


def render(view: CardView, style: Style, face: Face) -> CardText:
    """The card as it is to be shown now."""
    teller = _Teller(view, style, face)
    found = [line for line in teller.lines() if line.plain]
    first, whole = found[0].plain, page(found)
    return CardText(
        html=whole.html,
        plain=whole.plain,
        push=cut(first.split(" ", 1)[-1], PUSH_SIGNS),
        buttons=keyboard(view, style, face),
    )


def render_ring(view: CardView, style: Style, face: Face) -> Pair:
    """One line that rings once more under the card: which touch it is, by what, what it says."""
    teller = _Teller(view, style, face)
    return teller.ring()


def render_reminder(view: CardView, style: Style, face: Face) -> Pair:
    """One line that rings under a card nobody has taken yet: until when it is to be taken."""
    teller = _Teller(view, style, face)
    until = moment(view.card.due_at, style, face.now) if view.card.due_at else ""
    told = style.words.gettext("Not taken yet: take it by {time}").format(time=until)
    return joined(ours(f"⏰ {told} · "), teller.headline())


def touch_name(touch: Touch, style: Style) -> str:
    """What came, in a word or two: `form "site"`, `missed call`."""
    _ = style.words.gettext
    account = one_line(touch.account, 32)
    if touch.call is not None:
        who = one_line(touch.call.answered_by, 24)
        return {
            "missed": _("missed call"),
            "failed": _("a call that did not get through"),
            "answered": _("call answered by {who}").format(who=who) if who else _("call answered"),
            "ringing": _("call is ringing"),
        }.get(touch.call.status, _("call"))
    named = {
        Kind.FORM: _("form “{account}”"),
        Kind.EMAIL: _("letter to “{account}”"),
        Kind.MESSAGE: _("message, {channel} “{account}”"),
        Kind.CALL: _("call"),
    }[touch.kind]
    return named.format(account=account, channel=touch.channel)


def missed_call(view: CardView, style: Style, face: Face) -> str:
    """How a card whose last touch is a missed call begins: how often the client has tried, or when we called back.
    "" when it is none."""
    last, _ = view.touches[-1] if view.touches else None, style.words.gettext
    if last is None or last.call is None or last.call.status not in ("missed", "failed"):
        return ""
    if view.calls.talk_at is not None and view.calls.missed == 0:
        return "📞 " + _("Called back {time}").format(time=moment(view.calls.talk_at, style, face.now))
    lead = "☎ " + _("Missed call")
    if view.calls.missed > 1:
        lead += ", " + _("time {count}").format(count=view.calls.missed)
    if view.calls.tries:
        lead += ", " + _("we tried: {count}").format(count=view.calls.tries)
    return lead


def headline(view: CardView, style: Style, face: Face) -> Pair:
    """The line that decides: who, whose, what they want."""
    return _Teller(view, style, face).headline()


class _Teller:
    """Tells one card line by line, in the order in which a manager decides: who, whose, what, till when."""

    def __init__(self, view: CardView, style: Style, face: Face) -> None:
        self.view = view
        self.style = style
        self.face = face
        self.last = view.touches[-1] if view.touches else None
        self._ = style.words.gettext
        self.ngettext = style.words.ngettext

    def lines(self) -> list[Pair]:
        view, card = self.view, self.view.card
        told = [self.headline().bold(), self.origin()]
        if card.state is CardState.TAKEN:
            told.insert(0, self.taken().bold())
        elif card.state is CardState.CLOSED:
            told.insert(0, self.closed().bold())
        if view.undelivered:
            told.insert(0, self.undelivered().bold())
        told += [self.who(), self.whose(), self.suspects(), *self.said(), self.files(), self.source()]
        told += [self.why(), self.promise()]
        if self.face.repeat:
            told.append(ours("🔁 " + self._("repeat: an earlier try to show this card was not confirmed")))
        return told if view.touches else told[:2]

    def undelivered(self) -> Pair:
        """The client waits and does not know it: that stands above all."""
        told = self._("Not delivered, call: {reason}")
        return ours("⚠ " + told.format(reason=one_line(self.view.undelivered, 120)))

    def headline(self) -> Pair:
        view, _ = self.view, self._
        name = short_name(view) if self.face.public else one_line(view.person_name or view.company, 32)
        parts = [foreign(name or _("name not given")), ours(self.belongs())]
        gist = self.gist()
        if gist:
            parts.append(foreign(gist))
        elif self.last:
            parts.append(foreign(touch_name(self.last, self.style)))
        if view.card.state is CardState.OFFERED:
            lead = "❓ " + _("Decide")
        elif told := missed_call(view, self.style, self.face):
            lead = told
        else:
            lead = "🔔 " + (_("New") if view.touch_count <= 1 else _("Again"))
        return joined(ours(f"{lead}: "), joined(*[part for part in parts if part.plain], by=ours(", ")))

    def gist(self) -> str:
        """What they want, in one line; nothing personal where others read along."""
        if self.last is None or self.face.public:
            return ""
        return one_line(self.last.subject or self.last.text, _GIST)

    def belongs(self) -> str:
        view, _ = self.view, self._
        if not view.known:
            return "" if view.suspects else _("new client")
        if view.client_owner == view.manager.id:
            return _("your client")
        return _("known client")

    def origin(self) -> Pair:
        view, _ = self.view, self._
        told: list[str] = []
        if view.deal_number:
            told.append(_("No. {number}").format(number=view.deal_number))
        if self.last:
            told.append(touch_name(self.last, self.style))
            told.append(moment(self.last.at, self.style, self.face.now))
        if view.touch_count > 1:
            told.append(_("touch {number}").format(number=view.touch_count))
        if self.last and self.last.service:
            told.append(one_line(self.last.service, 40))
        return foreign(" · ".join(told))

    def who(self) -> Pair:
        return contact_line(self.view, self.sight(), self._("no contact given"))

    def sight(self) -> Sight:
        """How much of the contacts is seen: all of it by the owner who took the card."""
        if self.face.public:
            return Sight.TAIL
        mine = self.view.card.state is CardState.TAKEN and self.view.card.taken_by == self.view.manager.id
        return Sight.FULL if mine or not self.style.mask_until_taken else Sight.MASKED

    def whose(self) -> Pair:
        view, _ = self.view, self._
        if self.face.public:
            return ours("")
        parts = [foreign(one_line(view.company))] if view.company else []
        if view.known and view.deal_title:
            title = joined(ours("«"), foreign(one_line(view.deal_title, 48)), ours("»"))
            parts.append(joined(ours(_("deal") + " "), title))
        if view.deal_stage and view.extended:
            parts.append(foreign(one_line(view.deal_stage, 24)))
        return joined(ours("🏢 "), joined(*parts, by=ours(" · "))) if parts else ours("")

    def suspects(self) -> Pair:
        view, _ = self.view, self._
        if not view.suspects or self.face.public:
            return ours("")
        named = [
            joined(foreign(one_line(one.name, 40) or "?"), ours(f" {one.score:.2f}")) for one in view.suspects
        ]
        return joined(ours("👥 " + _("Looks like") + ": "), joined(*named, by=ours(" · ")))

    def said(self) -> list[Pair]:
        """What they wrote, each inquiry as a quote of its own; a call says how long it waited."""
        if self.face.public:
            return [ours("💬 " + self._("the text is shown to who takes it"))]
        told: list[Pair] = []
        for touch in self.view.touches:
            body = self._body(touch)
            if body.plain and len(self.view.touches) > 1:
                when = moment(touch.at, self.style, self.face.now)
                told.append(foreign(f"💬 {touch_name(touch, self.style)}, {when}"))
            told.append(body)
        return told

    def _body(self, touch: Touch) -> Pair:
        _ = self._
        if touch.call is not None:
            if touch.call.wait_s and touch.call.status == "missed":
                return ours("☎ " + _("waited {seconds} s").format(seconds=touch.call.wait_s))
            if touch.call.talk_s and touch.call.status == "answered":
                return ours("📞 " + _("talked {time}").format(time=_span(touch.call.talk_s)))
            return ours("")
        found = lines(touch.text)
        subject = one_line(touch.subject, 100)
        if subject and subject not in found[:1]:
            found.insert(0, subject)
        kept, left = cut_lines(found, TEXT_SIGNS)
        if not kept:
            return ours("")
        more = (
            self.ngettext("({count} more line)", "({count} more lines)", left).format(count=left)
            if left
            else ""
        )
        return quote(kept, more)

    def files(self) -> Pair:
        files = [one for touch in self.view.touches for one in touch.files]
        if not files or self.face.public:
            return ours("")
        named = [
            joined(foreign(one_line(one.name, 40)), ours(f" {_size(one.size)}")) for one in files[:_FILES]
        ]
        if len(files) > _FILES:
            named.append(ours(f"+{len(files) - _FILES}"))
        return joined(ours("📎 "), joined(*named, by=ours(" · ")))

    def source(self) -> Pair:
        source = next((touch.source for touch in reversed(self.view.touches) if touch.source), "")
        return joined(ours("🔗 "), foreign(one_line(source, 60))) if source else ours("")

    def why(self) -> Pair:
        """Why this manager, from the rule on record."""
        _ = self._
        told = {
            "answered_by": _("you answered the call"),
            "personal_mailbox": _("it came to your own mailbox"),
            "client_owner": _("the client is yours"),
            "deal_owner": _("the deal is yours"),
            "head": _("nobody took it in time"),
            "deputy": _("you stand in for its owner"),
            "round_robin": _("it is your turn"),
            "weighted": _("it is your turn"),
            "least_loaded": _("you have the fewest open deals"),
            "qualifier": _("it is your turn to qualify"),
        }
        if self.view.card.state in (CardState.TAKEN, CardState.CLOSED):
            return ours("")
        found = [told[name] for one in self.view.why if (name := one.rule.removeprefix("owner_")) in told]
        return ours(f"👉 {found[-1]}") if found else ours("")

    def promise(self) -> Pair:
        card = self.view.card
        if card.due_at is None or card.state not in (CardState.NEW, CardState.OFFERED):
            return ours("")
        until = moment(card.due_at, self.style, self.face.now)
        return ours("⏱ " + self._("take it by {time}").format(time=until))

    def taken(self) -> Pair:
        card = self.view.card
        when = moment(card.taken_at, self.style, self.face.now) if card.taken_at else ""
        took = f" ({_span((card.taken_at - card.created_at) // 1000)})" if card.taken_at else ""
        name = one_line(self.view.taken_by_name, 48)
        return joined(ours("✅ " + self._("Taken by") + " "), foreign(name), ours(f" {when}{took}".rstrip()))

    def closed(self) -> Pair:
        """Where it went: to a colleague, who took it or has yet to; or nowhere."""
        heir, _ = self.view.heir, self._
        if heir is None or heir.manager == self.view.manager.id:
            return ours("☑ " + _("Closed"))
        name = foreign(one_line(heir.name, 48))
        if heir.taken_at is None:
            return joined(ours("↪ " + _("Handed over to") + " "), name)
        when = moment(heir.taken_at, self.style, self.face.now)
        return joined(ours("✅ " + _("Taken by") + " "), name, ours(f" {when}"))

    def ring(self) -> Pair:
        _ = self._
        told = [ours("🔁 " + _("touch {number}").format(number=self.view.touch_count))]
        if self.last:
            told.append(foreign(touch_name(self.last, self.style)))
        if gist := self.gist():
            told.append(foreign(gist))
        if self.face.repeat:
            told.append(ours(_("(repeat)")))
        return joined(*told, by=ours(" · "))


def _size(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{max(1, size // 1024)} KB"


def _span(seconds: int) -> str:
    minutes, rest = divmod(max(0, seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"
