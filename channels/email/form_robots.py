"""Robots that put a visitor's form into a letter, and how each is recognised.

A row: the robot's name, then patterns for the From address, for any of its headers (`name: value`,
lower case) and for its text; one match is enough. Such a letter is a form whatever its headers say
of bulk or automatic sending.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from channels.email.addresses import is_site_address
from channels.email.letter import Letter

_I = re.IGNORECASE


@dataclass(frozen=True, slots=True)
class Robot:
    """How a robot is known."""

    name: str
    sender: re.Pattern[str] | None = None
    header: re.Pattern[str] | None = None
    text: re.Pattern[str] | None = None


ROBOTS: tuple[Robot, ...] = (
    Robot(
        "tilda",
        re.compile(r"@(?:[\w.-]+\.)?tilda\.(?:cc|ws)$|@tildacdn\.", _I),
        None,
        re.compile(r"tilda\.cc|Request details:|Transaction ID:", _I),
    ),
    Robot(
        "contact-form-7",
        None,
        re.compile(r"x-wpcf7-"),
        re.compile(
            r"(?:e-?mail|message) (?:was|is) sent (?:from|via) (?:a |the )?contact form|(?:отправлено|"
            r"отправлен\w*) с (?:контактной формы|сайта|помощью контактной)",
            _I,
        ),
    ),
    Robot("elementor", None, None, re.compile(r"Powered by:? ?Elementor|Remote IP:[^\n]{0,60}", _I)),
    Robot(
        "wpforms",
        None,
        re.compile(r"x-wpforms"),
        re.compile(r"wpforms\.com|Sent from [^\n]{1,80}WPForms", _I),
    ),
    Robot("wordpress", re.compile(r"^wordpress@", _I), None, None),
    Robot("gravity-forms", None, re.compile(r"x-gravity|x-gf-"), None),
    Robot("ninja-forms", None, None, re.compile(r"ninja ?forms", _I)),
    Robot(
        "bitrix",
        re.compile(r"@(?:[\w.-]+\.)?bitrix24\.\w+$", _I),
        re.compile(r"x-bitrix|x-mid: .*form|x-event_?name: "),
        re.compile(
            r"Сообщение сгенерировано автоматически|Заполнена web-форма|"
            r"Вам было отправлено сообщение через форму|Информационное сообщение сайта",
            _I,
        ),
    ),
    Robot(
        "flexbe",
        re.compile(r"@(?:[\w.-]+\.)?flexbe\.(?:ru|com)$", _I),
        None,
        re.compile(r"flexbe\.(?:ru|com)", _I),
    ),
    Robot(
        "marquiz",
        re.compile(r"@(?:[\w.-]+\.)?marquiz\.(?:ru|io)$", _I),
        None,
        re.compile(r"marquiz\.(?:ru|io)", _I),
    ),
    Robot(
        "wix",
        re.compile(r"@(?:[\w.-]+\.)?(?:wix(?:forms|site|emails?)?|crm\.wix|notifications\.wix)\.com$", _I),
        None,
        re.compile(r"wix(?:site)?\.com|Wix Forms", _I),
    ),
    Robot(
        "lpgenerator",
        re.compile(r"@(?:[\w.-]+\.)?lpgenerator\.ru$", _I),
        None,
        re.compile(r"lpgenerator|lpmotor", _I),
    ),
    Robot(
        "creatium",
        re.compile(
            r"@(?:[\w.-]+\.)?(?:creatium|platformalp|lpmotor|nethouse|ukit|insales|ecwid|shoptet|taplink|"
            r"craftum|mottor|1c-umi|vigbo)\.\w+$",
            _I,
        ),
    ),
    Robot(
        "jivo",
        re.compile(r"@(?:[\w.-]+\.)?(?:jivosite|jivo(?:chat)?)\.(?:com|ru)$", _I),
        None,
        re.compile(r"jivo(?:site|chat)?\.(?:com|ru)", _I),
    ),
    Robot(
        "callbackhunter",
        re.compile(
            r"@(?:[\w.-]+\.)?(?:callbackhunter|callbackkiller|envybox|callibri|calltouch|roistat|comagic|"
            r"uiscom|leadback|venyoo|carrotquest|leadgenic|redconnect|talk-me|chatra|livetex|verbox|usedesk)\.\w+$",
            _I,
        ),
    ),
    Robot(
        "telephony",
        re.compile(
            r"@(?:[\w.-]+\.)?(?:mango-office|mango|uiscom|zadarma|novofon|sipuni|telphin|beeline|megafon|mts|rt|"
            r"binotel|skorozvon|gravitel|onlinepbx|dom)\.(?:ru|com|ua)$",
            _I,
        ),
    ),
    Robot(
        "market",
        re.compile(
            r"@(?:[\w.-]+\.)?(?:avito|cian|domclick|profi|youdo|zoon|2gis|flamp|yell|auto|drom|tiu|satom|"
            r"pulscen|blizko|regmarkets|remontnik|uslugi\.yandex|services\.yandex|orgpage|b2b-center|"
            r"supl|yandex-team|restate|move|irr|youla|"
            r"vk|ok|avito|olx|prom|deal|kufar|satu|kolesa|krisha)\.(?:ru|com|biz|kz|by|ua)$",
            _I,
        ),
    ),
    Robot(
        "yandex-forms",
        re.compile(r"(?:forms|form|uslugi|services|noreply@forms)[\w.-]*@yandex|@forms\.yandex", _I),
        None,
        re.compile(r"forms\.yandex\.ru|Яндекс[. ]?Форм", _I),
    ),
    Robot(
        "google-forms",
        re.compile(
            r"forms-receipts-noreply@google|@formsubmit\.co|@formspree\.io|@web3forms\.com|@getform\.|"
            r"@typeform\.com|@jotform\.com|@cognitoforms\.|@123formbuilder\.|@formbold\.|"
            r"@squarespace\.info|@shopify\.com|@webflow\.com|@hubspot\.",
            _I,
        ),
    ),
    Robot(
        "joomla",
        None,
        None,
        re.compile(
            r"(?:Это сообщение|Это e-mail|This is an enquiry) (?:было )?(?:отправлено|e-?mail) (?:с|"
            r"через|via) (?:сайта?|https?:)",
            _I,
        ),
    ),
    Robot(
        "php",
        None,
        re.compile(
            r"x-php-(?:originating-)?script|x-mailer: php|x-php-filename|x-source-script|x-mailer: phpmailer"
        ),
        None,
    ),
)

FORM_SUBJECT = re.compile(
    r"(?:нов\w+ )?(?:заявк|лид\b|заказ|обращени|сообщени)\w*[^\n]{0,40}(?:с сайт|с лендинг|с форм|"
    r"на сайт|со страниц|сайта|от посетител|из форм|от клиент|\bсайт)"
    r"|(?:обратн\w+ (?:звонок|связ)|заказ(?:ать)? звон|перезвон|форма (?:обратной|заявки)|"
    r"заполнена (?:web-?)?форма|web-форма|веб-форма|квиз|нов\w+ (?:заявк|лид|заказ|обращени))"
    r"|contact form|form submission|new (?:submission|lead|inquiry|enquiry|entry|form|message from)|"
    r"website (?:inquiry|enquiry|contact|form|lead)|callback request|request a (?:call|quote)"
    r"|нова заявка|заявк\w+ (?:з|із) сайту|повідомлення (?:з|із) сайту|жаңа өтінім|neue (?:anfrage|nachricht)|"
    r"nouve(?:lle demande|au message)|nuevo mensaje|nuov(?:a richiesta|o messaggio)|modulo di contatto|nowe zapytanie|"
    r"formularz kontaktowy|iletişim formu|yeni (?:form|mesaj|talep)|formulário de contato|contactformulier"
    r"|kontaktformular|formulaire de contact|formulario de contacto|got a new submission|заявка №|"
    r"offline message|оффлайн[- ]сообщени|офлайн[- ]сообщени",
    re.IGNORECASE,
)
REQUEST_SUBJECT = re.compile(
    r"сообщени\w+ (?:от|по|на)\b|отклик|заявк|обращени|(?:пропущенн|новы|входящ)\w+ (?:звон|вызов|заказ|клиент|лид|"
    r"чат)|"
    r"нов\w+ (?:сообщени|повідомлення)|вам (?:по)?звонил|выбрал\w? вас|"
    r"оставил\w{0,2} (?:вам )?(?:контакт|номер|телефон|сообщени)|"
    r"запрос|"
    r"\bлид\b|вопрос от|вопрос по|написал|интересуется|"
    r"new (?:message|lead|request|order|inquiry)|message from|missed call|\blead\b|enquiry",
    re.IGNORECASE,
)
"""Under such a subject a known service tells of somebody who asks, in its own words."""
_REQUEST_TEXT = re.compile(
    r"(?:клиент|посетитель|покупатель|заказчик)[^\n]{0,60}(?:написал|оставил|звонил|просит|жд[её]т|заказал|спрашивает|выбрал)|"
    r"вам (?:по)?звонил[иа]?\b|вам написал|оставил\w{0,2} (?:вам )?(?:контакты|номер|телефон|заявку)|звонок с номера",
    re.IGNORECASE,
)

FOOTER = re.compile(
    r"\s*(?:--\s*$|—{1,3}\s*$|-{3,}\s*$|_{3,}\s*$|={3,}\s*$|this e-?mail was sent from|"
    r"this is a notification that|request details|отправлено с (?:сайта|формы|контактной)|"
    r"это (?:сообщение|письмо) (?:было )?(?:отправлено|сгенерировано|создано)|(?:сообщение|"
    r"письмо) (?:сгенерировано|создано|отправлено) (?:автоматически|с )|"
    r"sent (?:from|via) |powered by|вы получили это письмо|чтобы (?:отписаться|ответить)|"
    r"с уважением, (?:администрация|робот|команда)|view (?:entry|submission)|посмотреть (?:заявку|в crm)|"
    r"для просмотра (?:воспользуйтесь|перейдите|результат)|результат формы|"
    r"перейти (?:в|к) |открыть (?:заявку|в crm)|не отвечайте на это|©|copyright)",
    re.IGNORECASE,
)


_SHOP = re.compile(r"shop|store|magazin|orders?|sales?|woocommerce|opencart|robot", _I)


def tells_of_request(letter: Letter, sender: str) -> bool:
    """Whether a known service's letter tells of a client in free words (a marketplace's chat, a missed call)."""
    if not any(robot.sender and robot.sender.search(sender) for robot in ROBOTS):
        return False
    return bool(REQUEST_SUBJECT.search(letter.subject) or _REQUEST_TEXT.search(letter.text[:1_000]))


def is_sites_order(letter: Letter, sender: str) -> bool:
    """Whether a shop's own address tells of an order or a request in free words: its buyer stands in the text."""
    words = re.split(r"[-_.+=\d]+", sender.rpartition("@")[0])
    shop = is_site_address(sender) or any(map(_SHOP.fullmatch, words))
    return shop and bool(FORM_SUBJECT.search(letter.subject))


def known_robot(letter: Letter, sender: str) -> str:
    """The name of the form robot that a letter of the address `sender` shows signs of, or ""."""
    headers = [
        f"{name}: {value[:200].lower()}" for name, value in letter.headers.pairs if name.startswith("x-")
    ]
    text = letter.text[:20_000]
    for robot in ROBOTS:
        if robot.sender and robot.sender.search(sender):
            return robot.name
        if robot.header and any(robot.header.match(line) for line in headers):
            return robot.name
        if robot.text and robot.text.search(text):
            return robot.name
    return ""
