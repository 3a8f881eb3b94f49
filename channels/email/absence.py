"""Notes of absence: the words in which responders of many languages tell that somebody is away or gone.

Most responders say so in a header; this is for those that do not. Who is away and asks for something, or speaks
of the business at hand, wrote it by hand.
"""

from __future__ import annotations

import re

_I = re.IGNORECASE
_LONGEST_NOTE = 1_200
_SHORT_NOTE = 300


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), _I)


ABSENCE = _any(
    r"(?:нахожусь|буду|буду находиться|ухожу|сейчас|я)\s(?:[\w\s]{0,30}\s)?в\s(?:\w+\s)?(?:отпуск|"
    r"командировк|декрет)",
    r"\bв отпуске\s(?:с|до|по)\s|на больничном|отсутствую|буду отсутствовать|меня не будет|нахожусь вне офиса",
    r"(?:меня )?(?:нет|не будет|буду вне|сейчас вне|я не)\s(?:на рабочем месте|в офисе|на месте|офиса)",
    r"(?:вернусь|выйду|выхожу|приступлю)\s(?:в офис|на работу|из отпуска|к работе)",
    r"доступ к почте (?:ограничен|будет)",
    r"ограниченный доступ к (?:электронной )?почте|не имею доступа к почте|(?:в|у) відпустці|на лікарняному",
    r"out of (?:the )?office|(?:on|currently on) (?:vacation|holiday|annual leave|maternity leave|"
    r"parental leave|leave)\b",
    r"(?:i am|i.m|i will be|i.ll be|will be) (?:currently )?(?:away|out|on leave|traveling|travelling|"
    r"unavailable)\b",
    r"(?:limited|no|without|intermittent) access to (?:my )?e-?mail",
    r"(?:return|be back)(?:ing)? (?:to|in) the office",
    r"nicht im (?:b[üu]ro|haus|hause)|(?:bin|befinde mich) (?:\S+ ){0,8}(?:im urlaub|abwesend|"
    r"in elternzeit)|bin ich nicht",
    r"(?:ab|bis)(?: \S+){1,4} (?:nicht erreichbar|abwesend|wieder erreichbar)|absent(?:e)? (?:du|jusqu|et|de|ce)",
    r"(?:suis|serai) (?:actuellement )?(?:absent|en cong|en d[ée]placement|hors du bureau)|de retour le",
    r"(?:estoy|estar[ée]|me encuentro) (?:\S+ ){0,3}(?:fuera|ausente|de vacaciones)",
    r"sono (?:\S+ ){0,2}(?:fuori|in ferie|assente)",
    r"sar[òo] (?:\S+ ){0,2}(?:fuori|assente|in ferie)|estou (?:\S+ ){0,2}(?:ausente|de f[ée]rias|fora)",
    r"(?:ben ik|ik ben) (?:\S+ ){0,4}(?:afwezig|niet aanwezig)",
    r"(?:jestem|przebywam|b[ęe]d[ęe]) (?:\S+ ){0,3}(?:na urlopie|nieobecn|poza biurem)",
    r"jsem (?:\S+ ){0,3}(?:na dovolen|mimo)",
    r"(?:är|er) (?:\S+ ){0,3}(?:på semester|på ferie|borte|ute af|ikke på kontor|frånvarande)",
    r"yıllık izin|izindeyim|ofis dışında|ofiste (?:değilim|olmayaca)|出差|休假|外出",
    r"(?:на|в) (?:период|время) (?:мо\w+ )?(?:ежегодного )?(?:отпуска|отсутствия|больничного)",
    r"нахожусь (?:на|в) (?:обучении|конференции|выставке|переговорах|встрече|поездке|дороге|деловой поездке)",
    r"\d[^.\n]{0,30}(?:выходн(?:ой|ые)|праздничн(?:ый|ые|ых)|нерабоч(?:ий|ие)) д(?:ень|ни|ней)",
    r"(?:выходн(?:ой|ые)|праздничн(?:ый|ые|ых)|нерабоч(?:ий|ие)) д(?:ень|ни|ней)[^.\n]{0,12}\d",
    r"меня (?:временно )?(?:замещает|заменяет)|мене (?:тимчасово )?заміщує|zastępuje mnie",
    r"демалыста|демалыс(?:қа|та)|іссапарда|(?:я )?(?:буду |зараз )?відсутн(?:ій|я)\b|у відрядженні",
    r"(?:наш )?(?:офис|компания|организация|магазин|склад)\s(?:\S+\s){0,5}"
    r"(?:закрыт\w*|не работает)(?! (?:с|по|без|на|через)\b)",
    r"(?:our )?(?:office|company|shop|warehouse)(?:s)? (?:is|are|will be) (?:\S+ ){0,2}closed",
    r"я (?:уш[её]л|ушла) в отпуск|(?:перебуваю|зараз) у відпустці|жодного доступу до пошти",
    r"(?:вернусь|выйду|приступлю)\s(?!на связь|к вам|к работам)(?:\S+\s){0,3}\d{1,2}(?:[ .-]|\b)",
    r"\bi(?:.ll| will)? (?:be )?(?:back|return)(?:ing)?(?! (?:to you|with)\b)",
)
"""Somebody is away."""

MEANWHILE = _any(
    r"(?:смогу|сможем) ответить (?:после|только|по|с)\b|\S@\S|(?:заміщує|заменяет|zastępuje)|contacte con|помогут вам",
    r"обязанности (?:временно )?исполня|исполня\w+ (?:мои )?обязанности",
    r"(?:просьба|прошу|можно|следует) обра(?:щаться|титься)",
    r"(?:срочн|текущ|все|рабоч|оперативн)\w{0,3} вопрос\w{0,3}\s?(?:[-–—:]|к )|по (?:текущим|другим|этим) вопросам",
    r"если (?:\w+ )?вопрос (?:\w+ )?(?:срочн|не терпит)",
    r"\b(?:напишите|пишите|позвоните|звоните) (?:\w+ ){1,3}?(?:\S+@|по тел|[-+\d]{6})",
    r"\b(?:напишите|пишите|позвоните|звоните) [А-ЯЁ]\w+|(?:моему|моей|мое?му) (?:заместител|коллег)\w+",
    r"відповім після|після (?:повернення|виходу)|з (?:термінових |інших )?питань|звертай(?:теся|тесь)|звертатис",
    r"em caso de urg|contact[ea] (?:o|a|compras|\S+@)",
    r"(?:dirija|env[íi]e) sus (?:correos|mensajes)|para (?:asuntos|temas) urg",
    r"rientr(?:o|erò) (?:il|lunedì|in)|per (?:urgenze|emergenze)",
    r"prosz[ęe] (?:pisać|kierować|o kontakt)|contact op(?:nemen)?\b",
    r"neem (?:dan )?contact|d[öo]nece[ğg]im|d[öo]n[üu][şs]\b",
    r"acil (?:durum|konu)|v naléhav|kontaktujte|vid brådskande|kontakta",
    r"kiireellis|pentru urgen|sürgős",
    r"по (?:всем )?(?:срочным|неотложным|рабочим|возникающим) (?:и \w+ )?(?:вопрос|дел)",
    r"в случае (?:срочн|необходимост)",
    r"(?:в|на) (?:мо[её]|период мо\w+|время мо\w+) отсутстви|(?:меня )?(?:замещает|замещать)|обращайтесь",
    r"обратитесь|отвечу (?:по|после|на|позже)|буд(?:ет|ут) рассмотрен|ответим (?:вам )?(?:после|по окончании|\d)",
    r"(?:письмо|почту|сообщение)\s(?:\w+\s){0,4}(?:прочитаю|прочту|отвечу)|(?:за|у) (?:термінов|моєї відсутності)",
    r"(?:for |if )?(?:\S+ ){0,4}(?:urgent|immediate|emergenc)|in my absence|while i am (?:away|out)",
    r"please contact|upon my return",
    r"(?:on|after|following) my return",
    r"(?:respond|reply|answer|get back)(?: to (?:you|your \w+))? (?:when|once|after|as)",
    r"when i (?:return|get back)|as soon as (?:possible|i)|in dringenden f|wenden sie sich",
    r"meiner abwesenheit|vertretung",
    r"en (?:mon absence|cas d.urgence)|mon retour|contacter|en mi ausencia|urgente?|in mia assenza",
    r"w sprawach pilnych|pilnych",
)
"""Whom to ask, or when to expect an answer."""

_AWAY = _any(
    r"\b(?:в|на) (?:(?:\w+ое|\w+ом|\w+ском) ){0,3}(?:отпуск[еу]?|командировк[еу]|больничном|декрете|отгуле)\b",
    r"\b(?:im|in|auf) (?:urlaub|elternzeit|dienstreise)|nicht (?:am arbeitsplatz|im hause?|verfügbar)|außer haus",
    r"\ben (?:congés?|vacances|déplacement)\b|\b(?:(?:op|met) vakantie|met verlof|niet op kantoor)\b",
    r"\bde (?:vacaciones|férias|baja)\b|\bin (?:ferie|vacanza|maternità)\b|\bfuori (?:sede|ufficio)\b",
    r"\bna (?:urlopie|zwolnieniu|dovolené|dovolenej)\b|dovolenou|mimo (?:kancelář|firmu)",
    r"\b(?:lomalla|poissa|på (?:semester|ferie|ferien)|föräldraledig|tjänsteresa)\b",
    r"\b(?:în|in) concediu\b|szabadságon|nem vagyok az irodában|\b(?:izinde|tatilde)(?:yim|yiz)?\b",
    r"\batostog|atvaļinājum|puhkusel|в отпуск(?:а)?\b|σε άδεια",
    r"\bcurrently travell?ing\b",
    r"\b(?:away from (?:my|the) (?:desk|office)|on (?:sick |parental |maternity )?leave|on (?:vacation|holiday))\b",
)
"""On holiday, on a journey, ill: a person may say so as well."""

_UNTIL = _any(
    r"\b(?:до|по|с|с)\s+\d{1,2}\b|\bдо (?:понедельника|вторника|среды|четверга|пятницы|конца)",
    r"\b(?:until|till|through|back on|bis|ab dem|jusqu.au|hasta|fino al|tot|até|până pe|asti)\b|\bdo \d|\d\S* kadar",
    r"\b(?:исполняет|замещает|заменяет|виконує)\b|обязанности",
    r"dringend|naléhav|urgen|brådskande|kiireelli|sürgős|acil\b",
)
"""From when to when, or who stands in."""

_GONE = _any(
    r"(?:ушла|ушел|ушёл) в декрет",
    r"не работа(?:ет|ю) (?:в (?:нашей )?(?:компании|организации)|у нас)|(?:больше|более|уже) (?:у нас )?не работает",
    r"i (?:have|.ve) left |(?:адрес|почта|e-?mail)\s(?:\S+\s){0,3}(?:изменил(?:ся|ась)|сменил(?:ся|ась))",
    r"(?:ящик|адрес|почта)\s(?:больше |более )?не (?:проверяется|читается|просматривается)",
    r"\bуволен[аы]?\b|\bуволил(?:ся|ась)\b|более не является сотрудником|більше не працює",
    r"(?:no longer|not) (?:with|works? (?:for|at|here)|employed|part of)",
    r"has left (?:the|our) (?:company|organi[sz]ation|team)",
    r"(?:ящик|адрес|почта)\s(?:больше |более )?не (?:используется|обслуживается|действует|активен|актуал\w+)",
    r"(?:mailbox|address) is (?:no longer|not) (?:in use|monitored|used|active|valid)",
    r"nicht mehr (?:im unternehmen|bei uns|für|in unserem)|n.est plus|ne (?:travaille|fait) plus",
    r"ya no trabaja|non lavora più|non fa più parte|nie (?:już )?pracuje|já não trabalha|ayrılmıştır",
    r"niet meer werkzaam",
)
_INSTEAD = _any(
    r"(?:пишите|обращайтесь|обратитесь|направляйте|отправляйте|адресуйте)\b",
    r"\S@\S|(?:write|direct|send|forward|address|contact|e-?mail)\b",
    r"wenden|kontakt|contact|adress|dirig|rivolg|kieruj|proszę|iletişim|звертайтес|пишіть",
)
"""To whom to write instead of somebody who left."""

ASKS = _any(
    r"(?:но|теперь|буду|вс[её] равно) на связи|добавьте меня|у меня вопрос",
    r"\b(?:пришлите|вышлите|выставьте|выставляйте|посчитайте|рассчитайте|забронируйте|отгрузите|отгружайте|оплатим)\b",
    r"\b(?:бер[её]м|беру|заказываем|покупаем|нам нуж(?:ен|на|но|ны)|нужно \d|согласны|подходит|подтвержда\w+)\b",
    r"прошу (?:вас )?(?:прислать|выслать|выставить|сообщить|рассчитать|посчитать|подготовить)",
    r"\b(?:quote (?:me|us)|send (?:me|us)|we (?:need|take|agree)|i (?:need|agree)|we(?:.ll| will) take)\b",
    r"\bplease (?:ship|quote|invoice|deliver|bring|come|confirm|prepare)\b",
    r"schicken sie (?:mir|uns|bitte|das|die)|wir (?:brauchen|nehmen|bestellen)|envoyez[- ](?:moi|nous)|merci de nous",
    r"env[ií]e(?:me|nos|n)|necesitamos|inviate(?:mi|ci)|abbiamo bisogno|proszę o (?:fakturę|ofertę|przesłanie)",
    r"(?:отправьте|привезите|доставьте|подберите)(?![^.\n]{0,60}(?:письм|копи|запрос|обращени|адрес|почт|@))",
    r"надішліть|виставте|виставляйте|беремо|нам потріб",
)
"""Somebody wants something: no machine speaks so."""

TOPIC = _any(
    r"\bпрайс\w*|\bкоммерческ\w+|\bсмет\w+|\bотгруз\w+|\bprice ?list\b",
    r"\b(?:наберу|позвоню|перезвоню|посмотрю|гляну|сообщу|напишу|обсуд\w+|решим|определ\w+|подожд\w+|созвон\w+)\b",
    r"\b(?:кп|предложени\w+|сч[её]т\w{0,3}|цен[аыуе]|договор\w{0,3}|заказ\w{0,3}|образ(?:ец|цы)|оплат\w+|поставк\w+)\b",
    r"\b(?:offer|quotation|quote|invoice|price|contract|order|sample|payment|delivery)s?\b",
    r"\b(?:angebot|rechnung|preis|auftrag|bestellung|offre|facture|prix|commande|oferta|factura|precio|pedido)\w{0,3}\b",
    r"\b(?:offerta|fattura|prezzo|ordine|ofert[aęy]|faktur[aęy]|cen[aęy]|zamówieni\w+|proposta|fatura|teklif|fatura)\b",
    r"пропозиці\w+|рахун\w+|цін[аиу]|замовленн\w+",
)
"""It speaks of the business at hand, as a machine that has not read the letter cannot."""


_CLAUSE = re.compile(
    r"[.!;\n]+(?:\s|$)|,\s|\s(?:[-–—]|но|а|и|and|und|поэтому|зато|теперь|but|so|aber|daher|mais|donc|pero|ma|ale|ama)\s",
    _I,
)
_COURTESY = _any(
    r"добр(?:ый|ого|ое)|здравствуйте|приветствую|уважаем|спасибо|благодар|с уважением|к сожалению|извините|пишу позже",
    r"(?:не могу|не смогу) (?:\w+ )?ответ|ваше (?:письмо|сообщение)",
    r"все письма|доступ\w* к (?:почте|интернет)",
    r"(?:не )?всегда на связи|обязательно (?:отвечу|свяжусь)|после (?:возвращения|выхода|отпуска|праздников)",
    r"не (?:читаю|проверяю) (?:почту|письма)|keinen zugriff|no access|pas accès|sin acceso|nie mam dostępu",
    r"hello|dear|thank|regards|sorry|unfortunately|your (?:e-?mail|message)|(?:replies|response) (?:may|will)",
    r"guten|vielen dank|hallo|grüße|ihre (?:e-?mail|nachricht)|bonjour|merci|hola|gracias|buongiorno|grazie",
    r"dzień|dziękuj|merhaba|teşekkür|вітаю|дякую|доброго|olá|obrigad|dobrý|děkuj|\bbeste\b|\bdank|kiitos|\btack",
)


def is_absence(subject_says: bool, text: str, *, is_answer: bool) -> bool:
    """Whether `text` is a responder's note. `subject_says`: its subject speaks of absence too.

    Away, and whom to ask meanwhile - short, asking nothing; or away and no word of the letter it answers; or gone,
    and to whom to write instead.
    """
    if len(text) > _LONGEST_NOTE or "?" in text or ASKS.search(text):
        return False
    if _GONE.search(text):
        return bool(_INSTEAD.search(text)) and (is_answer or subject_says)
    sure = bool(ABSENCE.search(text))
    if not sure and not (_AWAY.search(text) and (is_answer or subject_says)):
        return False
    if MEANWHILE.search(text) or (subject_says and is_answer):
        return True
    if subject_says:
        return bool(_UNTIL.search(text))
    return (
        is_answer and len(text) <= _SHORT_NOTE and says_nothing_else(text, ABSENCE, _AWAY, _UNTIL, MEANWHILE)
    )


def says_nothing_else(text: str, *said: re.Pattern[str]) -> bool:
    """Whether each clause of a short text is one of what is `said`, a courtesy, a name or a date: a person who
    answers has something else to say as well."""
    clauses = [clause.strip() for clause in _CLAUSE.split(text) if clause.strip()]
    return not TOPIC.search(text) and all(
        len(clause.split()) == 1
        or clause.istitle()
        or _COURTESY.search(clause)
        or any(words.search(clause) for words in said)
        for clause in clauses
    )
