"""The configuration's tables as the house's words: the company, its accounts."""

from __future__ import annotations

from types import MappingProxyType

from config.settings import AccountSettings, Settings
from intake.account import Accept, Account, Company
from intake.clock import from_datetime
from intake.contact import read_phone


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
    )


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
