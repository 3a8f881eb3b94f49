"""What a manager is told after pressing a button or writing to the bot, in the company's language. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intake.clock import Millis
from notify.plaintext import one_line
from notify.style import Style, moment


@dataclass(frozen=True, slots=True)
class Toasts:
    """Short lines, each one sentence or two. Names are people of ours."""

    style: Style

    def taken(self) -> str:
        """The tap took it."""
        return self._("Yours now")

    def mine(self, at: Millis | None, now: Millis) -> str:
        """It was this manager's before."""
        return self._("You have had it since {time}").format(time=self._when(at, now))

    def has_it(self, name: str, at: Millis | None, now: Millis) -> str:
        """Another one was faster."""
        told = self._("Already taken by {name} at {time}")
        return told.format(name=one_line(name, 48), time=self._when(at, now))

    def with_another(self, name: str) -> str:
        """Another one answers for it now."""
        return self._("{name} answers for it now").format(name=one_line(name, 48))

    def there_already(self, number: int) -> str:
        """A deal was open before."""
        return self._("Its deal is open already: No. {number}").format(number=number)

    def rejected(self) -> str:
        """It is no sale."""
        return self._("Put away: not a sale")

    def call(self) -> str:
        """Who calls back has it; the card shows the number now."""
        return self._("Yours now. The number is on the card: call, then say what came of it")

    def called_back(self) -> str:
        """The manager says so."""
        return self._("Noted: called back, as you say")

    def handed_over(self, name: str) -> str:
        """A colleague has it now."""
        return self._("Handed over to {name}").format(name=one_line(name, 48))

    def detached(self) -> str:
        """It is another client."""
        return self._("Taken off this client. It is offered anew")

    def accepted(self) -> str:
        """It was no sale, and is one after all."""
        return self._("Back again: it is an inquiry after all")

    def planned(self, due_at: Millis, now: Millis) -> str:
        """A task is set."""
        return self._("Task set for {time}").format(time=self._when(due_at, now))

    def get_back(self) -> str:
        """What such a task says."""
        return self._("Get back to the client")

    def call_again(self) -> str:
        """What the task says after nobody answered."""
        return self._("Call again: nobody answered")

    def moved(self, stage: str) -> str:
        """The deal is at another stage."""
        return self._("Stage: {stage}").format(stage=one_line(stage, 48))

    def won(self) -> str:
        """The deal is won."""
        return self._("Won, well done. The deal is closed")

    def lost(self) -> str:
        """The deal is lost."""
        return self._("The deal is closed as lost")

    def same(self) -> str:
        """The suspect is the client."""
        return self._("Remembered: the same client")

    def different(self) -> str:
        """The suspect is somebody else."""
        return self._("Remembered: a different client")

    def answered(self) -> str:
        """The question is settled."""
        return self._("This has been answered already")

    def closed(self) -> str:
        """The card is of the past."""
        return self._("This card is closed, there is nothing left to do")

    def changed(self) -> str:
        """The button is of an earlier version of the card."""
        return self._("The card has changed meanwhile. Look at it and press again")

    def gone(self) -> str:
        """The card was erased."""
        return self._("This card is no longer kept")

    def no_access(self) -> str:
        """Nobody of ours, or another one's card."""
        return self._("No access")

    def try_again(self) -> str:
        """The store does not answer: nothing was done."""
        return self._("Not done: the database does not answer. Press again in a minute")

    def slow(self) -> str:
        """The store takes long: nobody knows yet."""
        return self._("Not confirmed yet. The card will show what came of it")

    def failed(self) -> str:
        """A fault of the program."""
        return self._("Not done: something went wrong here. It is in the log")

    def joined(self, name: str) -> str:
        """The account is the manager's now."""
        told = self._("{name}, you are connected. Your cards will come here. /help tells what else there is")
        return told.format(name=one_line(name, 48))

    def no_invite(self) -> str:
        """The secret is not or no longer good."""
        return self._("This invitation is used up or too old. Ask for a new one")

    def stranger(self) -> str:
        """Who writes is nobody of ours."""
        return self._("This bot is for our managers. Ask for an invitation link")

    def no_cards(self) -> str:
        """Nothing is open."""
        return self._("You have no open cards")

    def my_cards(self, count: int) -> str:
        """The title of the list of one's open cards."""
        told = self.style.words.ngettext("{count} open card", "{count} open cards", count)
        return told.format(count=count)

    def help(self) -> str:
        """What the bot understands."""
        return self._(
            "Buttons under a card do everything. Answer a card with a text: it stays a note or goes to the client.\n"
            "/my open cards · /queue whose turn · /find 4567 · /shift · /pause 30 · /help"
        )

    def say_mine(self) -> str:
        """A button's label."""
        return self._("My cards")

    def say_queue(self) -> str:
        """A button's label."""
        return self._("Queue")

    def say_shift(self) -> str:
        """A button's label."""
        return self._("Shift: on or off")

    def say_pause(self) -> str:
        """A button's label."""
        return self._("Pause 30 min")

    def say_resume(self) -> str:
        """A button's label."""
        return self._("I am back")

    def say_send(self) -> str:
        """A button's label."""
        return self._("Send it to the client")

    def find_what(self) -> str:
        """Nothing to look for was told."""
        return self._("Say what to find: /find 4567, a name, a word")

    def found_nothing(self, words: str) -> str:
        """Nothing of the manager's fits."""
        return self._("Nothing of yours fits: {words}").format(words=one_line(words, 48))

    def found(self, count: int) -> str:
        """The title of what was found."""
        return self.style.words.ngettext("Found: {count}", "Found: {count}", count).format(count=count)

    def place(self, place: int, ahead: Sequence[str]) -> str:
        """The manager's place in the line of turns."""
        if place == 1:
            return self._("The next inquiry is yours")
        names = ", ".join(one_line(one, 32) for one in ahead[-3:])
        return self._("You are number {place}, before you: {names}").format(place=place, names=names)

    def on_shift(self) -> str:
        """Given inquiries."""
        return self._("You are on shift: inquiries come to you")

    def off_shift(self, why: str, back_at: Millis | None, now: Millis) -> str:
        """Given nothing, until when."""
        told = {
            "paused": self._("You are paused"),
            "on leave": self._("You are on leave"),
        }.get(why, self._("You are off shift"))
        return told + (", " + self._("until {time}").format(time=self._when(back_at, now)) if back_at else "")

    def note_of_nothing(self) -> str:
        """The message that was answered shows no card."""
        return self._("That message is no card of yours: answer the card itself")

    def noted(self, number: int) -> str:
        """The answer is kept."""
        return self._("Kept as a note on deal No. {number}. The client has not seen it").format(number=number)

    def sent(self) -> str:
        """The note is on its way."""
        return self._("On its way to the client. If it cannot be delivered, the card will say so")

    def write(self) -> str:
        """How to write to the client."""
        return self._("Answer this message with your text, then press “Send it to the client”")

    def loss_asked(self) -> str:
        """A loss waits for the head."""
        return self._("The head of sales is asked to confirm the loss")

    def _when(self, at: Millis | None, now: Millis) -> str:
        return moment(at, self.style, now) if at else "?"

    def _(self, text: str) -> str:
        return self.style.words.gettext(text)
