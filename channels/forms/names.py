"""What a form's field is by its name: the alias table in Russian and English, and the rules around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Role(StrEnum):
    """What a field tells."""

    NAME = "name"
    FIRST = "first_name"
    LAST = "last_name"
    MIDDLE = "middle_name"
    PHONE = "phone"
    EMAIL = "email"
    CONTACT = "contact"
    """A phone, an e-mail address or a messenger name: the value tells which."""
    HANDLE = "handle"
    MESSAGE = "message"
    COMPANY = "company"
    INN = "inn"
    SUBJECT = "subject"
    SERVICE = "service"
    PAGE = "page"
    REFERRER = "referrer"
    UTM = "utm"
    CLICK = "click"
    REQUEST_ID = "request_id"
    NOISE = "noise"
    """A one-time token or a time stamp of the page: no part of what the visitor sent."""


class Meaning(NamedTuple):
    """A role, and which one of its sort: the messenger of a handle, the utm key, the click id's name."""

    role: Role
    detail: str = ""


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Each name in lower case, letters only, its words run together.
_ALIASES: dict[Role, str] = {
    Role.NAME: "name fullname fio displayname realname personname contactname contactperson nickname imya "
    "имя фио имяифамилия фамилияиимя имяфамилия фамилияимя фамилияимяотчество имяотчество полноеимя "
    "контактноелицо каквасзовут какквамобращаться каккобращаться обращаться какобращаться представьтесь fname "
    "фиополностью howshouldwecallyou maname имяклиента",
    Role.FIRST: "firstname givenname namefirst",
    Role.LAST: "lastname surname familyname secondname namelast lname familiya фамилия",
    Role.MIDDLE: "middlename patronymic otchestvo отчество",
    Role.PHONE: "phone tel telephone mobile mobilephone phonemobile phonenumber telnumber cell cellphone telefon tlf "
    "callback msisdn mob nomer nomertelefona "
    "телефон номертелефона мобильный мобильныйтелефон мобтел моб мобтелефон тел сотовый сотовыйтелефон "
    "номермобильного телефонмобильный номер phonefull fullphone",
    Role.EMAIL: "email mail emailaddress mailaddress emails pochta e почта электроннаяпочта эпочта емейл емайл имейл "
    "мейл мыло адресэлектроннойпочты адреспочты электронныйадрес почтовыйадресemail emailadres confirmemail "
    "emailconfirm emailconfirmation",
    Role.CONTACT: "contact contacts contactinfo contactdata phoneoremail emailorphone phoneemail emailphone kontakt "
    "контакт контакты контактныеданные телефонилипочта телефонилиemail телефонemail почтаилителефон "
    "каксвамисвязаться способсвязи телефонилиtelegram телефонилителеграм телефонилимессенджер мессенджерилителефон",
    Role.MESSAGE: "message msg comment comments question text textarea body description note notes remark enquiry "
    "inquiry request requesttext details wish wishes ordercomment messagetext soobshchenie vopros kommentariy "
    "вопрос вопросы комментарий комментарии комментарийкзаказу сообщение текст текстсообщения текстзаявки описание "
    "примечание пожелания пожелание задача описаниезадачи опишитезадачу дополнительно отзыв чтовасинтересует "
    "дополнительнаяинформация допинформация напишитенам howcanwehelpyou howcanwehelp whatcanwehelpyouwith",
    Role.COMPANY: "company companyname organization organisation org firm firma kompaniya organizaciya business "
    "компания организация названиекомпании названиеорганизации фирма юрлицо наименованиеорганизации предприятие",
    Role.INN: "inn companyinn taxid инн иннкомпании иннорганизации иннкпп",
    Role.SUBJECT: "subject topic theme title тема темаобращения темасообщения темаписьма темавопроса",
    Role.SERVICE: "service servicetype services usluga serviceid услуга услуги видуслуги типуслуги какаяуслуга",
    Role.PAGE: "page pageurl url href pagelink location sourceurl landing landingpage landingurl currenturl siteurl "
    "formurl страница адресстраницы ссылканастраницу urlстраницы страницаотправки",
    Role.REFERRER: "referrer referer ref httpreferer documentreferrer refererurl referrerurl источникперехода",
    Role.REQUEST_ID: "requestid submissionid tranid leadid submitid formsubmissionid idempotencykey externalid entryid "
    "answerid responseid",
    Role.NOISE: "csrf csrftoken csrfmiddlewaretoken xcsrftoken authenticitytoken token requestverificationtoken nonce "
    "wpnonce formbuildid formtoken viewstate viewstategenerator eventvalidation grecaptcharesponse hcaptcharesponse "
    "cfturnstileresponse smarttoken recaptcharesponse recaptchatoken captchatoken recaptcha captcha captchasid "
    "captchaword wpcf7posteddatahash timestamp ts rnd rand random formloadedat formstarttime charset sessid "
    "bxsessid phpsessid submittedat sentat",
}
_HANDLES = {
    "whatsapp": "whatsapp wa whatsappphone phonewhatsapp whatsappnumber ватсап вотсап вацап whatsappномер "
    "номерwhatsapp номерватсап",
    "viber": "viber viberphone viberномер вайбер",
    "telegram": "telegram telegramusername tg tgusername tgnick телеграм телеграмм телега никтелеграм никвтелеграм "
    "никвtelegram никtelegram telegramnickname",
    "vk": "vk vkontakte vkcom вк вконтакте",
    "max": "max maxid макс",
    "skype": "skype скайп",
}
# a site's own words that only look like a visitor's
_OWN = _words_of("formname formtitle formsubject fieldname formmessage formtext")
_CLICKS = (
    "gclid yclid ymclid fbclid gbraid wbraid msclkid ttclid rbclickid openstat roistat roistatvisit clickid vkclid "
    "calltouchsessionid ctsessionid etextid admitaduid erid twclid ysclid"
)
_TABLE: dict[str, Meaning] = {
    **{alias: Meaning(role) for role, aliases in _ALIASES.items() for alias in aliases.split()},
    **{alias: Meaning(Role.HANDLE, kind) for kind, aliases in _HANDLES.items() for alias in aliases.split()},
    **{alias: Meaning(Role.CLICK, alias) for alias in _CLICKS.split()},
}
_FILLERS = _words_of(
    "your my user client customer visitor lead form field fields input sender person billing shipping order "
    "required optional data i f the enter please contactform wpforms anketa what s is hello hi "
    "ваш ваша ваше ваши вашу мой моя клиента клиент контактный контактная для связи обязательно обязательное поле "
    "введите укажите напишите оставьте пожалуйста необязательно заказчика покупателя"
)
_TRANSPARENT = _words_of(
    "contact contacts client customer user visitor lead form data formdata field fields values payload body request "
    "person sender order inquiry params properties attributes answers answer main info details billing "
    "buyer applicant profile submission result results record entry extra contactinfo contactdata post meta "
    "клиент контакт контакты форма данные заявка покупатель заказчик"
)
# "phone_type", "телефон менеджера" and the like are about a phone, they are not the visitor's
_ABOUT = _words_of(
    "type model code brand manager operator agent seller shop site office our valid verified mask masked "
    "country format id agree consent policy time date count price sum status template hidden confirmed extension ext "
    "тип модель код марка менеджера оператора продавца магазина сайта офиса наш согласие время дата цена"
)
_STEMS = (
    (("phone", "телефон", "mobile", "мобильн"), Role.PHONE),
    (("email", "почта", "mail"), Role.EMAIL),
    (("комментари", "сообщени", "message", "comment"), Role.MESSAGE),
)
_CAMEL = re.compile(r"(?<=[a-zа-я])(?=[A-ZА-Я])")
_WORDS = re.compile(r"[^\W\d_]+")
_PATH = re.compile(r"(?<=\w)\.(?=\w)")
_LONGEST = 80


@lru_cache(maxsize=4096)
def meaning_of(name: str) -> Meaning | None:
    """What the field called `name` tells; None for one of the site's own. Nested names are written with
    dots (`contact.phone`); labels ("Ваш телефон*:") are understood as well."""
    if len(name) > _LONGEST:
        return None
    words = _words(name)
    if "utm" in words[:-1]:
        last = max(place for place, word in enumerate(words[:-1]) if word == "utm")
        return Meaning(Role.UTM, "_".join(words[last:]))
    together = "".join(words)
    if together in _OWN:
        return None
    whole = _TABLE.get(together)
    if whole is not None:
        return whole
    *parents, leaf = _PATH.split(name)
    return _under(parents, _words(leaf))


def _words(name: str) -> list[str]:
    return _WORDS.findall(_CAMEL.sub(" ", name).lower().replace("ё", "е"))


def _under(parents: Iterable[str], words: list[str]) -> Meaning | None:
    found = _leaf(words)
    strangers = [word for parent in parents for word in _words(parent) if word not in _TRANSPARENT]
    if not strangers:
        return found
    # below a word we do not know, only what cannot be mistaken for something else counts
    plain = found is not None and found.role in (Role.PHONE, Role.EMAIL, Role.UTM, Role.CLICK)
    return found if plain and not _ABOUT.intersection(strangers) else None


def _leaf(words: list[str]) -> Meaning | None:
    if "".join(words) in _OWN:
        return None
    telling = [word for word in words if word not in _FILLERS]
    for choice in (words, telling):
        found = _TABLE.get("".join(choice))
        if found is not None:
            return found
    if not _ABOUT.intersection(words):
        for stems, role in _STEMS:
            if any(word.startswith(stems) for word in telling):
                return Meaning(role)
    return None
