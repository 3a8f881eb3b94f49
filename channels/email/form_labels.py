"""What form letters call their fields, in Russian and English: label -> what it means."""

from __future__ import annotations

import re

_WORDS = {
    "name": (
        "имя, фио, ф и о, ф.и.о, имя клиента, имя посетителя, имя пользователя, имя отправителя, имя "
        "заказчика, имя и фамилия, фамилия имя, имя фамилия, фамилия имя отчество, фамилия и имя, "
        "контактное лицо, контакт, клиент, заказчик, покупатель, отправитель, посетитель, как к вам "
        "обращаться, как вас зовут, как обращаться, представьтесь, представьтесь пожалуйста, обращение, "
        "от кого, от, пользователь, получатель, соискатель, name, full name, fullname, your name, first "
        "and last name, contact name, contact person, customer, customer name, client, client name, "
        "visitor, visitor name, from, sender, sender name, user name, username, имя name, name имя, вас "
        "зовут, fio, имя контакта, контактное имя, ім'я, піб, vor und nachname, nom, nombre, имя гостя, "
        "кто, автор, имя автора, lead name, submitter, имя лида"
    ),
    "first": ("first name, firstname, given name, prénom, vorname"),
    "last": ("фамилия, last name, lastname, surname, family name, nachname"),
    "middle": ("отчество, middle name, patronymic"),
    "phone": (
        "телефон, тел, тел., номер телефона, контактный телефон, мобильный телефон, мобильный, сотовый, "
        "телефон для связи, телефон клиента, номер, номер для связи, телефон посетителя, телефон "
        "контакта, моб, моб тел, моб. тел, сотовый телефон, контактный номер, номер мобильного, телефон "
        "мобильный, телефон заказчика, телефон отправителя, телефон покупателя, телефон whatsapp, "
        "whatsapp, ватсап, viber, вайбер, номер whatsapp, телефон/whatsapp, tel, phone, phone number, "
        "telephone, telephone number, mobile, mobile phone, mobile number, cell, cell phone, contact "
        "phone, contact number, phone no, ph, number, tel number, телефон phone, phone телефон, контакты, "
        "контактные данные, caller, telefon, téléphone, teléfono, телефонный номер, телефон лида, с "
        "номера, номер клиента, номер абонента, абонент"
    ),
    "email": (
        "email, e-mail, e mail, почта, эл почта, эл. почта, электронная почта, электронный адрес, адрес "
        "электронной почты, адрес эл. почты, почтовый адрес email, email address, e-mail address, your "
        "email, mail, емейл, емайл, имейл, е-mail, еmail, е-мейл, e-mail клиента, email клиента, email "
        "посетителя, email отправителя, e-mail отправителя, контактный email, reply to, customer email, "
        "client email, visitor email, почта клиента, почта для связи, email для связи, correo "
        "electrónico, courriel, ел. пошта, email пользователя, e-mail пользователя, e-mail для связи, "
        "электронный почтовый адрес"
    ),
    "message": (
        "сообщение, комментарий, комментарии, текст, текст сообщения, вопрос, текст вопроса, примечание, "
        "описание, описание задачи, пожелания, дополнительно, дополнительная информация, комментарий к "
        "заказу, комментарий клиента, суть вопроса, суть обращения, текст обращения, сообщение клиента, "
        "сообщение посетителя, ваш вопрос, отзыв, о проекте, о задаче, опишите задачу, опишите ваш "
        "вопрос, задача, примечания, текст письма, содержание, что нужно, message, your message, comment, "
        "comments, question, your question, text, description, details, notes, note, enquiry, inquiry, "
        "message text, body, additional information, project description, сообщение message, how can we "
        "help, how can we help you, message body, textarea, nachricht, mensaje, повідомлення, коментар, "
        "дополнительные пожелания, последнее сообщение"
    ),
    "company": (
        "компания, организация, название компании, название организации, наименование организации, юр "
        "лицо, юридическое лицо, фирма, предприятие, company, company name, organization, organisation, "
        "firma, наименование компании"
    ),
    "inn": ("инн, inn, инн организации, инн компании"),
    "page": (
        "страница, url, адрес страницы, page, page url, ссылка, ссылка на страницу, отправлено со "
        "страницы, страница отправки, url страницы, с какой страницы, страница сайта, источник страница, "
        "landing page, form url, website page, на странице, страница заявки, request url, текущая "
        "страница"
    ),
    "referrer": ("referer, referrer, реферер, источник перехода, откуда пришел"),
    "machine": (
        "form id, formid, form name, формa, форма, название формы, имя формы, id заявки, transaction id, "
        "tranid, request id, ip, ip адрес, ip address, user ip, remote ip, user agent, browser, браузер, "
        "дата, время, date, time, дата и время, дата отправки, date time, сайт, site, website, тема, "
        "subject, block id, blockid, id формы, номер заявки, powered by, дата заявки, время заявки, "
        "cookies, roistat"
    ),
    "telegram": ("telegram, телеграм, телеграмм, tg, ник в telegram, telegram username, аккаунт telegram"),
}
"""Meaning -> labels, separated by commas."""
FIELD_OF: dict[str, str] = {word: field for field, words in _WORDS.items() for word in words.split(", ")}
CONTACT_FIELDS = frozenset({"phone", "email", "telegram"})
PERSON_FIELDS = frozenset({"name", "first", "last"})

_NOISE = re.compile(r"[*_`#•·●◦▪►→👤📞📱☎📧✉💬🏢️:：?!\[\]()\"«»]+")
_POSSESSIVE = re.compile(
    r"^(?:ваш[аеиу]?|введите(?: ваш[еу]?)?|укажите(?: ваш[еу]?)?|your|enter(?: your)?|input)\s+|"
    r"\s+(?:обязательно|required)$"
)
_WHOSE = re.compile(
    r"\s(?:автора|клиента|посетителя|отправителя|заказчика|покупателя|пользователя|контакта|гостя|"
    r"получателя|заявителя|"
    r"для (?:обратной )?связи|для звонка|для ответа|of (?:the )?(?:customer|visitor|client))$"
)
_TECHNICAL = re.compile(
    r"^(?:your|form|field|input|user|client|customer|contact|visitor|wpforms|text|tel|cf)[\s-](?=name|"
    r"phone|tel|e-?mail|message|comment|company|subject)"
)


def label_key(label: str) -> str:
    """A label as the table writes it: lower case, without decoration and "your"."""
    key = " ".join(_NOISE.sub(" ", label.lower().replace("ё", "е").replace("_", " ")).split()).strip(
        " .,-–—/*"
    )
    key = _POSSESSIVE.sub("", key)
    if key not in FIELD_OF:
        key = _WHOSE.sub("", _TECHNICAL.sub("", key))
    return key


def field_of(label: str) -> str:
    """What a label means: name, phone, email, message, ...; "" when it is none of ours."""
    key = label_key(label)
    found = FIELD_OF.get(key, "")
    if not found and re.fullmatch(r"[a-z-]+(?: ?\d{1,3})", key):
        found = FIELD_OF.get(re.sub(r"[ \d-]+$", "", key), "")
    return found
