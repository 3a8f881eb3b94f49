"""The configuration's tables as the house's words: the company, its accounts, its messengers."""

from __future__ import annotations

from types import MappingProxyType

from config.settings import AccountSettings, NotifyMax, NotifyVk, Settings
from crm.acceptance import DAY_MS, AcceptRule, After, Policy
from crm.owners.base import Assignment, Segment
from crm.owners.table import DEFAULT_RULES
from crm.pipelines import SalesPipeline, Stage
from dedup.weighing import Thresholds
from intake.account import Accept, Account, Company
from intake.clock import from_datetime
from intake.contact import read_phone
from intake.deal import Department, Manager
from notify.options import EmailOptions, Limits, MaxOptions, NotifyOptions, TelegramOptions, VkOptions


def company_of(settings: Settings) -> Company:
    """The company, its domains in lower case, its numbers in E.164."""
    company = settings.company
    phones = (read_phone(phone, company.region) for phone in company.own_phones)
    return Company(
        name=company.name,
        region=company.region,
        timezone=company.timezone,
        language=company.language,
        public_url=company.public_url,
        own_domains=frozenset(domain.strip().lstrip("@").lower() for domain in company.own_domains),
        own_phones=frozenset(phone.number for phone in phones if phone),
        hours=company.hours,
        holidays=company.holidays,
        head=company.head,
    )


def departments_of(settings: Settings) -> list[Department]:
    """The departments the file names, as they are put into the ledger once."""
    return [
        Department(one.id, one.name, one.head, one.timezone, one.hours, one.holidays)
        for one in settings.departments
    ]


def managers_of(settings: Settings) -> list[Manager]:
    """The people the file names, as they are put into the ledger once."""
    return [
        Manager(
            id=one.id,
            name=one.name,
            department=one.department,
            extension=one.extension,
            contacts=one.contacts,
            notify=tuple(one.notify) or tuple(one.contacts),
            hours=one.hours,
            zone=one.timezone,
            holidays=one.holidays,
            weight=one.weight,
            capacity=one.capacity,
            skills=one.skills,
            quiet_hours=one.quiet_hours,
        )
        for one in settings.managers
    ]


def thresholds_of(settings: Settings) -> Thresholds:
    """How much evidence is enough."""
    said = settings.identity
    return Thresholds(said.same, said.possible, said.crowd, said.namesakes, said.rare_surname, said.few)


def assignment_of(settings: Settings) -> Assignment:
    """How owners are found. A personal mailbox's owner stands before the client's, named or not."""
    rules = list(settings.owners.rules) or list(DEFAULT_RULES)
    if "personal_mailbox" not in rules:
        rules.insert(rules.index("answered_by") + 1 if "answered_by" in rules else 0, "personal_mailbox")
    segments = tuple(
        Segment(
            services=one.service,
            accounts=one.account,
            phones=one.phone,
            lines=one.line,
            sources=one.source,
            languages=one.language,
            utm=tuple(sorted(one.utm.items())),
            department=one.department,
            skills=one.skills,
        )
        for one in settings.segments
    )
    return Assignment(
        tuple(rules), segments, settings.owners.qualifier, settings.owners.client_owner == "forced"
    )


def policy_of(settings: Settings) -> Policy:
    """How inquiries are accepted beyond what accounts say."""
    rules = tuple(
        AcceptRule(
            Accept(one.accept),
            Segment(
                one.service,
                one.account,
                one.phone,
                one.line,
                one.source,
                one.language,
                tuple(sorted(one.utm.items())),
            ),
            one.kind,
            one.identity,
        )
        for one in settings.accepts
    )
    deals = settings.deals
    return Policy(rules, After(deals.after_lost), After(deals.after_won), deals.within_days * DAY_MS)


def pipelines_of(settings: Settings) -> dict[str, SalesPipeline]:
    """The pipelines with their stages, by id."""
    return {
        one.id: SalesPipeline(
            one.id,
            one.name,
            tuple(Stage(stage.id, stage.name, stage.takes_inquiries, stage.requires) for stage in one.stages),
        )
        for one in settings.pipelines
    }


def account_of(account: AccountSettings, settings: Settings) -> Account:
    """The account. Its start is read in its department's zone, else in the company's."""
    departments = {one.id: one.timezone for one in settings.departments}
    start = account.started_at(departments.get(account.department) or settings.company.timezone)
    return Account(
        id=account.id,
        kind=account.kind,
        secret=account.secret.get_secret_value(),
        accept=Accept(account.accept),
        department=account.department,
        pipeline=account.pipeline,
        service=account.service,
        start=from_datetime(start) if start else None,
        owner=account.owner,
        options=MappingProxyType(dict(account.options)),
    )


def notify_options_of(settings: Settings) -> NotifyOptions:
    """What the messengers are told."""
    notify = settings.notify
    telegram = None
    if notify.telegram:
        telegram = TelegramOptions(
            token=notify.telegram.token.get_secret_value(),
            api=notify.telegram.api,
            proxy=notify.telegram.proxy,
            timeout_s=notify.telegram.timeout_s,
        )
    email = None
    if notify.email:
        email = EmailOptions(
            smtp=notify.email.smtp,
            user=notify.email.user,
            password=notify.email.password.get_secret_value(),
            sender=notify.email.sender,
            ca_file=notify.email.ca_file,
            timeout_s=notify.email.timeout_s,
            company=settings.company.name,
        )
    limits = Limits(notify.chat_per_s, notify.group_per_min, notify.all_per_s)
    return NotifyOptions(
        telegram=telegram, max=_max_of(notify.max), vk=_vk_of(notify.vk), email=email, limits=limits
    )


def _max_of(table: NotifyMax | None) -> MaxOptions | None:
    if table is None:
        return None
    token = table.token.get_secret_value()
    return MaxOptions(token, table.api, table.proxy, table.ca_file, table.timeout_s)


def _vk_of(table: NotifyVk | None) -> VkOptions | None:
    if table is None:
        return None
    token = table.token.get_secret_value()
    return VkOptions(token, table.group_id, table.api, table.proxy, table.timeout_s)
