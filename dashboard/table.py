"""The API as one table: what registers the routes also writes their description."""

from __future__ import annotations

from dashboard.alarms import WATCHED
from dashboard.people_acts import PEOPLE
from dashboard.route import REASON, Act, Look, Param
from intake.inquiry import State
from intake.pace import GROUPS, PERIODS

STATES = tuple(state.value for state in State)
DEAL_STATES = ("open", "won", "lost")
TASK_STATES = ("planned", "done", "cancelled")


LIMIT = Param("limit", "how many at most; 50 when left out, clamped to 500", form="integer")
AFTER = Param("after", "the cursor that the page before gave as `next`")
SINCE = Param("since", "from the UTC day of this instant on (ISO 8601)")
MANAGER = Param("manager", "the manager in whose name it is done; the token's own when left out")
SUSPECT = Param(
    "client_id", "the client it was taken for; the likeliest when left out, `all` for every suspect"
)

OTHER = Param("client_id", "the other client", required=True)
PERIOD = Param("period", "day, week or month; day when left out", choices=PERIODS)
DAY = Param("day", "a day within it, in the company's zone (YYYY-MM-DD); today when left out")

LOOKS = (
    Look(
        "/inquiries",
        "inquiries",
        "Inquiries, newest first",
        "InquiryPage",
        (
            Param("state", "where they stand", choices=STATES),
            Param("account", "the account they came by"),
            Param("reason", "whose state has this reason: spam, bounce, list ..."),
            Param("day", "taken in on this day of the company's zone (YYYY-MM-DD)"),
            Param("q", "a phone or its part, an e-mail, a name, words of the text"),
            LIMIT,
            AFTER,
        ),
    ),
    Look("/inquiries/{id}", "inquiry", "One inquiry", "Inquiry"),
    Look("/clients/{id}", "client", "One client with its people", "Client"),
    Look(
        "/deals",
        "deals",
        "Deals, newest first",
        "DealPage",
        (
            Param("client", "of this client"),
            Param("state", "in this state", choices=DEAL_STATES),
            Param("task", "`none`: open ones without a planned task", choices=("none",)),
            Param("owner", "of this manager"),
            LIMIT,
            AFTER,
        ),
    ),
    Look("/deals/{id}", "deal", "One deal", "Deal"),
    Look(
        "/tasks",
        "tasks",
        "Tasks, newest first",
        "TaskPage",
        (
            Param("owner", "of this manager"),
            Param("state", "in this state", choices=TASK_STATES),
            LIMIT,
            AFTER,
        ),
    ),
    Look("/managers", "managers", "Managers in their order", "ManagerPage", (LIMIT, AFTER)),
    Look("/channels", "channels", "The ways in and how they are", "ChannelPage"),
    Look(
        "/cards",
        "cards",
        "Cards, newest first",
        "CardPage",
        (Param("manager", "of this manager"), LIMIT, AFTER),
    ),
    Look(
        "/suspects",
        "suspects",
        "Clients who may be one, side by side, the likeliest first",
        "SuspectPage",
        (
            Param("client", "of this client"),
            Param("answer", "`later`: those that were put off", choices=("later",)),
            LIMIT,
            AFTER,
        ),
        role="duty",
    ),
    Look(
        "/alarms",
        "alarms",
        "What needs a hand now, newest first",
        "AlarmPage",
        (Param("since", "those that ended since this instant as well (ISO 8601)"),),
    ),
    Look(
        "/reports/speed",
        "speed",
        "How fast inquiries were shown, taken, answered, in seconds; the share inside the promise",
        "object",
        (PERIOD, DAY, Param("by", "what they are told apart by; left out: nothing", choices=tuple(GROUPS))),
        role="duty",
    ),
    Look(
        "/reports/managers",
        "report_managers",
        "Each manager's inquiries, calls, tasks and ends of a day, week or month",
        "object",
        (PERIOD, DAY),
        role="duty",
    ),
    Look("/screens", "screens", "Senders remembered as no sale", "ScreenPage", (LIMIT, AFTER), role="duty"),
    Look("/balance", "balance", "Received against what became of it", "Balance", (SINCE,)),
    Look("/openapi.json", "openapi", "This description", "object"),
)

_NEXT_STEP = (
    Param("next_kind", "the next task: call, meeting, letter ..."),
    Param("next_text", "the next task: what is to be done"),
    Param("next_due_at", "the next task: by when (ISO 8601)"),
)

ACTS = (
    Act("inquiries", "inquiry", "take", "Take it: its deal is yours", "Inquiry"),
    Act(
        "inquiries",
        "inquiry",
        "attach",
        "Attach it to a deal",
        "Inquiry",
        (
            Param("deal_id", "the deal it belongs to; the likely one when left out"),
            Param("task_due_at", "plan a task besides: by when (ISO 8601)"),
            Param("task_text", "that task: what is to be done"),
            REASON,
        ),
    ),
    Act(
        "inquiries",
        "inquiry",
        "create",
        "Open a new deal for it",
        "Inquiry",
        (Param("title", "the deal's title"), Param("service", "what is asked for"), REASON),
    ),
    Act(
        "inquiries",
        "inquiry",
        "detach",
        "Take it out of its deal",
        "Inquiry",
        (Param("wrong_client", "1: it is not this client's either, and that is remembered"), REASON),
    ),
    Act(
        "inquiries",
        "inquiry",
        "decline",
        "Not now: give it to the next in turn",
        "Inquiry",
        (REASON,),
    ),
    Act(
        "inquiries",
        "inquiry",
        "called_back",
        "The client was called back, as the manager says",
        "Inquiry",
        (REASON,),
    ),
    Act(
        "inquiries",
        "inquiry",
        "reject",
        "Not a sale: spam, supplier, service, accounting, staff, other",
        "Inquiry",
        (
            REASON,
            Param(
                "remember", "of the sender; left out: as the settings say", choices=("sender", "domain", "no")
            ),
        ),
    ),
    Act(
        "inquiries",
        "inquiry",
        "accept",
        "An ignored or rejected one is an inquiry after all",
        "Inquiry",
        (REASON,),
    ),
    Act(
        "inquiries",
        "inquiry",
        "assign",
        "Hand it over to another manager",
        "Inquiry",
        (Param("owner", "who is to answer for it", required=True), REASON),
    ),
    Act("inquiries", "inquiry", "pass_on", "Hand it over to whose turn it is", "Inquiry", (REASON,)),
    Act(
        "inquiries",
        "inquiry",
        "replay",
        "Work it out again from what came",
        "Inquiry",
        (REASON,),
        role="duty",
    ),
    Act(
        "inquiries",
        "inquiry",
        "drop",
        "Let a buried one go; its original is kept",
        "Inquiry",
        (REASON,),
        role="duty",
    ),
    Act(
        "inquiries",
        "inquiry",
        "reply",
        "Write to the client by the channel they came by",
        "Inquiry",
        (
            Param("text", "what to write, plain text", required=True),
            Param("key", "your own id of this message: sent twice it is written once"),
        ),
    ),
    Act("inquiries", "inquiry", "same", "The suspect and this client are the same", "Inquiry", (SUSPECT,)),
    Act("inquiries", "inquiry", "different", "They are different people", "Inquiry", (SUSPECT,)),
    Act(
        "cards",
        "card",
        "press",
        "Press a button of the card, as in a messenger; 409 says what stands in the way",
        "object",
        (
            Param("act", "the button's `action`", required=True),
            Param("choice", "what it chooses, where it leaves a choice"),
            Param("version", "the card's version that was looked at; the present one when left out"),
        ),
    ),
    Act(
        "clients",
        "client",
        "merge",
        "Join another client into this one",
        "Client",
        (Param("client_id", "the client that is joined in", required=True), REASON),
        role="duty",
    ),
    *(
        Act("clients", "client", verb, summary, "Client", (OTHER, REASON), role="duty")
        for verb, summary in (
            ("same", "They are one: the other client takes this one in"),
            ("different", "They are two; it is remembered"),
            ("later", "Put the question off"),
        )
    ),
    Act(
        "clients",
        "client",
        "unmerge",
        "Undo a merge",
        "Client",
        (Param("client_id", "the client to be let out again", required=True), REASON),
        role="duty",
    ),
    Act(
        "deals",
        "deal",
        "stage",
        "Move it to a stage",
        "Deal",
        (Param("stage", "the new stage: its id or name", required=True),),
    ),
    Act(
        "deals",
        "deal",
        "edit",
        "Write what is known of it",
        "Deal",
        (
            Param("title", "what it is called"),
            Param("amount", "for how much", form="number"),
            Param("service", "what is asked for"),
            Param("client", "the client's name"),
            Param("inn", "the client's taxpayer number"),
            Param("phone", "a further phone of the person"),
            Param("email", "a further e-mail of the person"),
        ),
    ),
    Act(
        "deals",
        "deal",
        "outcome",
        "What another system says of it, as often as it likes; `id` may be number:318, or amo:17 as imported",
        "Deal",
        (
            Param("state", "open, won or lost, or that system's own word"),
            Param("stage", "the stage as it is called there"),
            Param("amount", "for how much", form="number"),
            Param("lost_reason", "why it was lost"),
        ),
    ),
    Act(
        "deals",
        "deal",
        "release",
        "Hand it over for want of a task: to the one named, else by turns",
        "Deal",
        (Param("owner", "who is to answer for it; by turns when left out"), REASON),
        role="head",
    ),
    Act("deals", "deal", "won", "Close it as won", "Deal", (Param("amount", "for how much", form="number"),)),
    Act(
        "deals",
        "deal",
        "lost",
        "Close it as lost; where the head agrees to losses it stays open until then",
        "Deal",
        (Param("lost_reason", "why", required=True),),
    ),
    Act("deals", "deal", "approve_loss", "The head agrees: it is lost", "Deal", (REASON,), role="head"),
    Act(
        "deals", "deal", "refuse_loss", "The head does not agree: it goes on", "Deal", (REASON,), role="head"
    ),
    Act(
        "deals",
        "deal",
        "owner",
        "Give it to another manager",
        "Deal",
        (Param("owner", "who is to answer for it", required=True), REASON),
    ),
    Act(
        "deals",
        "deal",
        "tasks",
        "Plan a task",
        "Deal",
        (
            Param("kind", "call, meeting, letter ..."),
            Param("text", "what is to be done", required=True),
            Param("due_at", "by when (ISO 8601)", required=True),
            Param("owner", "who does it; the deal's owner when left out"),
        ),
    ),
    Act(
        "tasks",
        "task",
        "done",
        "Done, with its result and the next step",
        "Task",
        (
            Param("result", "what came of it", required=True),
            Param("next", "what is next; left out: what the rest says", choices=("plan", "none", "hand")),
            *_NEXT_STEP,
            Param("next_owner", "the next task: who does it; the deal's owner when left out"),
            Param("hand_to", "the colleague whom the deal is handed to"),
        ),
    ),
    Act(
        "screens",
        "screen",
        "remove",
        "Forget that this sender never buys",
        "object",
        role="duty",
    ),
    *PEOPLE,
    *WATCHED,
)
