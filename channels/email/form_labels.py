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
        "кто, автор, имя автора, lead name, submitter, имя лида, ім'я клієнта, ім’я, прізвище та ім'я, аты, "
        "аты-жөні, nom et prénom, nom complet, nom prénom, nombre completo, nombre y apellidos, nome, nome e "
        "cognome, nome completo, imię, imię i nazwisko, ad soyad, adı soyadı, adınız, adınız soyadınız, isim, "
        "naam, vollständiger name, вас звати, як вас звати"
    ),
    "first": ("first name, firstname, given name, prénom, vorname, voornaam, primeiro nome"),
    "last": (
        "фамилия, last name, lastname, surname, family name, nachname, прізвище, nom de famille, apellidos, apellido, "
        "cognome, nazwisko, soyad, soyadı, soyadınız, sobrenome, achternaam"
    ),
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
        "номера, номер клиента, номер абонента, абонент, контактний телефон, номер телефону, байланыс телефоны, "
        "rufnummer, mobilnummer, telefonnummer, handy, portable, numéro de téléphone, móvil, celular, telefono, "
        "cellulare, numer telefonu, telefon kontaktowy, telefon numarası, telefone, telemóvel, telefoonnummer, "
        "telefoon, mobil"
    ),
    "email": (
        "email, e-mail, e mail, почта, эл почта, эл. почта, электронная почта, электронный адрес, адрес "
        "электронной почты, адрес эл. почты, почтовый адрес email, email address, e-mail address, your "
        "email, mail, емейл, емайл, имейл, е-mail, еmail, е-мейл, e-mail клиента, email клиента, email "
        "посетителя, email отправителя, e-mail отправителя, контактный email, reply to, customer email, "
        "client email, visitor email, почта клиента, почта для связи, email для связи, correo "
        "electrónico, courriel, ел. пошта, email пользователя, e-mail пользователя, e-mail для связи, "
        "электронный почтовый адрес, пошта, електронна пошта, електронна адреса, адреса електронної пошти, "
        "e-mail-adresse, email-adresse, adresse e-mail, adresse email, adresse électronique, correo, indirizzo "
        "email, posta elettronica, adres e-mail, adres email, e-posta, eposta, e-posta adresi, endereço de email, "
        "e-mailadres"
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
        "дополнительные пожелания, последнее сообщение, текст повідомлення, питання, запитання, коментарі, "
        "ihre nachricht, bemerkung, anfrage, kommentar, commentaire, votre message, demande, comentarios, consulta, "
        "messaggio, richiesta, wiadomość, treść wiadomości, treść, mesaj, mesajınız, mensagem, bericht, хабарлама"
    ),
    "company": (
        "компания, организация, название компании, название организации, наименование организации, юр "
        "лицо, юридическое лицо, фирма, предприятие, company, company name, organization, organisation, "
        "firma, наименование компании, компанія, організація, société, entreprise, empresa, azienda, şirket, bedrijf, "
        "unternehmen, ваша компания"
    ),
    "inn": ("инн, inn, инн организации, инн компании"),
    "page": (
        "страница, url, адрес страницы, page, page url, ссылка, ссылка на страницу, отправлено со "
        "страницы, страница отправки, url страницы, с какой страницы, страница сайта, источник страница, "
        "landing page, form url, website page, на странице, страница заявки, request url, текущая "
        "страница, страница квиза, страница с формой, ссылка на квиз, ссылка на форму"
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
    r"^(?:ваш[аеиу]?|введите(?: ваш[еу]?)?|укажите(?: ваш[еу]?)?|your|enter(?: your)?|input|ihre?|votre|vos|su|"
    r"uw|seu|sua|twoj[ae]|(?:il )?tuo|(?:la )?tua)\s+|"
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


_PHONE_NOUN = re.compile(
    r"(?:^|[\s/-])(?:телефон\w{0,3}|phone|telephone|mobile|telefon\w{0,8}|t[ée]l[ée](?:phone|fono)|telefono|telefone|"
    r"whatsapp|номер|number)(?:$|[\s/-])"
)
_EMAIL_NOUN = re.compile(r"e-?mail|(?:^|\s)(?:почта|пошта|адрес|mail|courriel|correo|e-?posta)(?:$|\s)")
_NAME_NOUN = re.compile(
    r"(?:^|[\s/])(?:имя|фио|name|зовут|ім'я|nombre|nome|imię|представител\w|контактное лицо)(?:$|[\s/])"
)
_MESSAGE_NOUN = re.compile(
    r"^(?:сообщение|комментари[ий]|вопрос|пожелани[яе]|message|comments?|question)\s|"
    r"\s(?:сообщение|комментари[ий]|пожелани[яе]|message|comments?)$"
)
_SOMETHING_ELSES = re.compile(
    r"реб[её]нк|файл|товар|компан|организац|модел|марк[аи]|питом|домен|услуг|product|file|company|form|model|domain|"
    r"заказа|сч[её]та|договора|order|invoice|тема|subject|менеджер|сотрудник|manager"
)
_PERSON = re.compile(r"[^\W\d_][\w'’.-]{0,30}(?:\s[^\W\d_][\w'’.-]{0,30}){0,3}")
_MOST_LABEL_WORDS = 6


def guess_field(label: str, value: str) -> str:
    """What a label outside the table means by its noun, when its value fits that meaning; else ""."""
    key = label_key(label)
    if len(key.split()) > _MOST_LABEL_WORDS or _SOMETHING_ELSES.search(key):
        return ""
    digits = sum(char.isdigit() for char in value)
    if _EMAIL_NOUN.search(key) and "@" in value:
        return "email"
    if _PHONE_NOUN.search(key) and 7 <= digits <= 22 and len(value) <= 60:
        return "phone"
    if _NAME_NOUN.search(key) and _PERSON.fullmatch(value.strip()):
        return "name"
    return "message" if value and _MESSAGE_NOUN.search(key) else ""
