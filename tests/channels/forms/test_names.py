"""What a field is by its name."""

import pytest

from channels.forms.names import Meaning, Role, meaning_of

KNOWN = {
    Role.NAME: """
        name | Name* | fio | ФИО | Ф.И.О. | ф. и. о.: | имя | Ваше имя | your-name | your_name |
        Как вас зовут? | contact.name | user[name] | client_name | clientName | form_fields.name |
        Имя и фамилия | Контактное лицо | data.client.name | ИМЯ: | name-2
    """,
    Role.FIRST: """
        first_name | firstName | First Name: | fields.firstname | billing_first_name
    """,
    Role.LAST: """
        last_name | lastname | Фамилия* | surname | Ваша фамилия
    """,
    Role.MIDDLE: """
        Отчество | middle_name | patronymic
    """,
    Role.PHONE: """
        phone | Phone number | tel | tel-482 | your-tel | телефон | Телефон:* | Ваш телефон |
        Номер телефона | Контактный телефон | Телефон для связи | моб. тел. | Мобильный | mobile |
        billing_phone | phoneNumber | userPhone | contact.phone | form[phone] | phone1 |
        Телефон клиента (обязательно) | client.phones | Сотовый телефон | PHONE | anketa.phone |
        zayavka.phone | cell
    """,
    Role.EMAIL: """
        email | e-mail | E-Mail * | your-email | почта | Электронная почта | Эл. почта | mail |
        email_address | contact.email | Ваш e-mail: | емейл | Email Address | anketa.email
    """,
    Role.CONTACT: """
        contact | contacts | Контакт | phone_or_email | Телефон или e-mail | Контактные данные |
        Как с вами связаться?
    """,
    Role.MESSAGE: """
        message | your-message | comment | Комментарий | Ваш вопрос | Сообщение | text | textarea |
        Текст сообщения | data.comment | Комментарий к заказу | Пожелания | question |
        textarea-12 | order_comment
    """,
    Role.COMPANY: """
        company | Компания | Организация | organization | Название компании | company_name |
        companyName
    """,
    Role.INN: """
        inn | ИНН | company_inn | ИНН организации
    """,
    Role.SUBJECT: """
        subject | your-subject | Тема | Тема обращения
    """,
    Role.SERVICE: """
        service | Услуга | services | Вид услуги
    """,
    Role.PAGE: """
        page | page_url | pageUrl | url | Page URL | extra.href | landing
    """,
    Role.REFERRER: """
        referrer | referer | document.referrer | http_referer
    """,
    Role.REQUEST_ID: """
        request_id | requestId | submission_id | tranid | lead_id | idempotency-key
    """,
    Role.NOISE: """
        _token | csrf_token | g-recaptcha-response | _wpnonce | smart-token | timestamp |
        cf-turnstile-response
    """,
}
OWN = """
form_name | form.name | formName | form_title | cart.items.0.name | product.name | product_name |
Название товара | city | Город | phone_type | phoneModel | Модель телефона | manager.phone |
manager_email | Телефон менеджера | order_id | owner_id | deal_id | status | __proto__ | id |
form_id | Remote IP | User Agent | Powered by | consent | email_consent | date | time | price | size |
0 | * | ... | quiz.name | site.email | shop.phone | company_size | имя файла | items.0.text
"""


def names_in(text: str) -> list[str]:
    return [name.strip() for name in text.split("|")]


@pytest.mark.parametrize("role", KNOWN)
def test_names_that_are_known(role: Role) -> None:
    """Sites call the same thing many names, in two languages, with labels' colons and stars."""
    for name in names_in(KNOWN[role]):
        plain = name.replace("[", ".").replace("]", "")
        meaning = meaning_of(plain)
        assert (name, meaning and meaning.role) == (name, role)


@pytest.mark.parametrize("name", names_in(OWN))
def test_names_that_are_the_sites_own(name: str) -> None:
    """What only looks like a visitor's field is left among the fields."""
    assert meaning_of(name) is None


def test_tags_of_adverts_keep_their_names() -> None:
    """utm and click ids are told apart, nested ones too."""
    assert meaning_of("utm_source") == meaning_of("extra.utm.source") == Meaning(Role.UTM, "utm_source")
    assert meaning_of("UTM_Campaign") == Meaning(Role.UTM, "utm_campaign")
    assert meaning_of("_openstat") == Meaning(Role.CLICK, "openstat")
    assert meaning_of("roistat_visit") == Meaning(Role.CLICK, "roistatvisit")
    assert meaning_of("Telegram") == Meaning(Role.HANDLE, "telegram")


def test_f67_endless_names_cost_nothing() -> None:
    """A name of a megabyte is nobody's field name."""
    assert meaning_of("phone" * 200_000) is None
    assert meaning_of("." * 79) is None
