"""The words of automatic letters in the languages they come in. Data for `automatic.py`; each is searched in
a bounded stretch of text, and none repeats within a repetition."""

from __future__ import annotations

import re

_I = re.IGNORECASE


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), _I)


_SURE_WORDS = "|".join(
    (
        r"авто[- ]?ответ(?:чик)?|автоматическ(?:ий|ое) (?:ответ|уведомление|сообщение|письмо)|авто[- ]?відповідь",
        r"автоматична відповідь|аўтаматычны адказ|автоматичен отговор|аутоматски одговор",
        r"auto(?:matic|mated|matically)?[- _]?(?:generated )?(?:reply|response|answer|message|email)|autoresponder",
        (
            r"auto(?:-?re)?|out[- ]of[- ](?:the[- ])?office(?: (?:auto-?)?(?:reply|message|notification|"
            r"autoreply))?|ooo|oof"
        ),
        r"automatische (?:antwort|nachricht|r[eé]ponse)",
        r"abwesenheits(?:notiz|nachricht|meldung|assistent)?|abwesend(?:heit)?",
        r"r[ée]ponse automatique|message d.absence|absence du bureau|absent du bureau",
        r"respuesta autom[aá]tica|contestaci[oó]n autom[aá]tica|fuera de (?:la )?oficina",
        r"risposta automatica|fuori (?:sede|ufficio)|resposta autom[aá]tica|fora do escrit[oó]rio",
        r"automatisch (?:antwoord|bericht)|afwezig(?:heid)?|autosvar|automatisk svar|automaattinen vastaus|poissa",
        r"odpowied[źz] automatyczna|automatyczna odpowied[źz]|poza biurem|automatick[aá] odpov[eě][dď]",
        r"mimo kancel[aá][rř]|automatikus v[aá]lasz|r[aă]spuns automat|otomatik (?:yan[ıi]t|cevap)",
        r"ofis d[ıi][sş][ıi]nda",
        r"自动回复|自動回覆|自動返信|不在通知|자동 ?회신|부재중",
        r"нет на месте|вне офиса|нахожусь вне офиса|не в офисе|уведомление об отсутствии",
        r"автоматты жауап|автоматический отклик|avtomatik cavab|automātiskā atbilde|automaatvastus",
        r"automatinis atsakymas|poissaolo|αυτόματη απάντηση|нет на (?:работе|рабочем месте)",
    )
)
_END = r"\s*(?:[:：!.)\]]|$|\s[-–—|]\s|[-–—]{1,2}>|\s(?:re|на|от|from|von)\b)"
SUBJECT_SURE = re.compile(rf"\s*[\[(*]?\s*(?:{_SURE_WORDS}){_END}", _I)
"""A subject as responders put it before the original one: the words, then a colon, a dash or nothing more."""

SUBJECT_LOOSE = _any(
    rf"\s*(?:re:\s*)?[\[(*]?\s*(?:{_SURE_WORDS})",
    r"\s*(?:re:\s*)?(?:я )?(?:в отпуске|отпуск|отсутствую|в командировке|на больничном|отсутств)",
    r"\s*(?:re:\s*)?(?:i am |i.m |currently )?(?:on (?:vacation|holiday|leave|annual leave)|"
    r"away(?: from)?|vacation)\b",
    r"\s*(?:re:\s*)?(?:im urlaub|urlaub|en vacances|en cong[ée]s?|absence|de vacaciones|in ferie|na urlopie)",
    r"\s*(?:спасибо за (?:ваше )?(?:письмо|обращение|заявку)|ваше (?:письмо|обращение|"
    r"сообщение) (?:получено|принято))",
    rf".{{0,200}}[\[(](?:{_SURE_WORDS}|в отпуске|on (?:vacation|holiday|leave))[\])]\s*$",
    r"\s*(?:мы получили ваш|обращение принято|thank you for (?:contacting|your (?:e-?mail|message|"
    r"inquiry|request)))",
    r"\s*(?:we(?:.ve| have)? received your|your (?:request|ticket|e-?mail|message) (?:has been|was) received)",
    r"\s*\[?(?:ticket|request|case|обращение|заявка|тикет)[\s:#№-]{1,4}(?=[\w-]{0,19}\d)[\w-]{2,20}\]?",
)
"""A subject that a responder may have, and a person as well."""

NO_REPLY_TEXT = _any(
    r"это (?:\w+ )?автоматическ(?:ий|ое|и) (?:ответ|сообщение|письмо|уведомление)",
    r"автоматическ(?:ий|ое) (?:ответ|уведомление)\b",
    r"(?:письмо|сообщение|уведомление|ответ)\s(?:\w+\s){0,3}(?:сформирован|отправлен|создан|"
    r"сгенерирован)\w*\s(?:\w+\s)?(?:автоматически|роботом)",
    r"(?:автоматически|роботом) (?:сформирован|отправлен|создан|сгенерирован)",
    r"(?:просим|пожалуйста|просьба),? (?:вас )?не отвеча(?:ть|йте)",
    r"не нужно (?:на него )?отвечать|отвечать на (?:него|это|данное) (?:письмо |сообщение )?не (?:нужно|"
    r"надо|требуется|следует)",
    r"не требует ответа|не отвечайте на (?:это|данное|него)",
    r"this is an? (?:\w+[ -]){0,2}(?:automat\w+|auto[- ]?(?:reply|response|generated))",
    r"(?:automatically|auto)[- ](?:generated|sent|created)",
    r"(?:please )?do not (?:reply|respond) (?:directly )?to this",
    r"this (?:mailbox|address|inbox) is not (?:monitored|read)|unmonitored",
    r"automatisch (?:generiert|erstellt|versandt|erzeugt)|antworten sie (?:bitte )?nicht auf",
    r"g[ée]n[ée]r[ée] automatiquement",
    r"merci de ne pas (?:y )?r[ée]pondre|ne pas r[ée]pondre|mensaje autom[aá]tico|no responda",
    r"generat\w+ automaticament|non rispondere",
    r"wygenerowan\w+ automatycznie|prosimy nie odpowiada|automaticky (?:generov|odesl)",
)
"""A machine says that it is one."""

ACKNOWLEDGED = _any(
    r"ваш[еау] (?:\w+ )?(?:письмо|обращение|сообщение|заявка|заявку|запрос|"
    r"заказ)\s(?:\S+\s){0,4}(?:получен|принят|зарегистрирован|доставлен)\w*",
    r"(?:мы|нами) (?:получили|получено|приняли) ваш",
    r"(?:заявк|обращени|запрос)\w+ (?:№\s?\S+ )?(?:зарегистрирован|принят)",
    r"(?:we have|we.ve|has been|was) (?:successfully )?(?:received|registered|logged)",
    r"(?:ticket|case|request) (?:\S+ ){0,3}(?:has been )?(?:created|opened)",
    r"thank you for (?:contacting|your (?:e-?mail|message|inquiry|enquiry|interest))[^\n]{0,200}(?:will|"
    r"shall|as soon)",
    r"спасибо за (?:ваше )?(?:письмо|обращение|сообщение)[^\n]{0,160}(?:ответим|свяжемся|ответ|рассмотр|ближайш)",
    r"ihre (?:nachricht|anfrage|e-?mail) (?:ist|wurde|haben)[^\n]{0,60}(?:eingegangen|erhalten)",
)
"""A machine says that it has taken a letter in."""

REGISTERED = _any(
    r"ваш[еау] (?:\w+ )?(?:письмо|обращение|сообщение|заявка|запрос)\s(?:\S+\s){0,3}"
    r"зарегистрирован\w*\s(?:\S+\s){0,3}№?\s?\S*\d",
    r"мы получили ваш[еу] (?:обращение|заявку|запрос)\b[\s\S]{0,200}?(?:срок|ответ|свяж|рассмотр|ближайш|в течение)",
    r"(?:your|the) (?:request|ticket|case|enquiry|inquiry)\b[^\n]{0,40}?\d{3,}[^\n]{0,40}?"
    r"(?:received|created|opened|logged)",
)
"""A registry says that a letter is in it: under which number, or by when it will be answered."""

RECEIVED = _any(
    r"(?:спасибо|благодарим) за (?:ваше )?(?:обращение|письмо|сообщение|интерес)",
    r"ваше (?:письмо|обращение) (?:очень )?важно",
    r"(?:мы|нами) получ\w+ ваш",
    r"thank(?:s| you) for (?:getting in touch|contacting|reaching out|your (?:e-?mail|message))",
    r"we(?:.ve| have) received your|vielen dank für ihre (?:anfrage|nachricht|e-?mail)",
    r"merci (?:pour|de) votre (?:message|demande)",
    r"gracias por (?:su|contactar)|grazie per (?:averci|il suo)",
    r"dziękujemy za|дякуємо за (?:ваш\w* )?(?:лист|звернення)",
)
SOON = _any(
    r"(?:свяж|ответ|рассмотр)\w+[^.!\n]{0,60}"
    r"(?:ближайш|течение|как можно (?:скор|быстр)|кратчайш|рабоч\w+ (?:дн|час|врем)|\d)",
    r"(?:в ближайшее|в кратчайш|в течение)[^.!\n]{0,60}(?:свяж|ответ|рассмотр)\w+",
    r"(?:будет|будут) рассмотрен\w* [^.\n]{0,12}\d",
    r"(?:get back to|respond|reply|be in touch|contact)\b[^.!\n]{0,60}"
    r"(?:as soon|within|shortly|soon as|business day|\d)",
    r"aim to (?:respond|reply)|within (?:one|\d|24|48)",
    r"melden uns (?:in kürze|schnellst|umgehend|so bald|baldm)|in kürze|schnellstmöglich|umgehend",
    r"(?:répondr|recontact)\w+ (?:dans|rapidement|au plus|sous)",
    r"dans les (?:plus brefs|meilleurs) délais|a la mayor brevedad",
    r"lo antes posible|al più presto|il prima possibile|jak najszybciej|wkrótce|найближчим часом|якнайшвидше",
)
"""A company's mailbox thanks for a letter, and promises an answer soon: a person who answers says what."""

PLEADS = _any(
    r"про(?:сим|шу|сьба) (?:вас )?(?:кп\b|сч[её]т|цен|расценк|прислать|выслать|выставить|рассчитать|посчитать|сообщить|"
    r"предоставить|направить|подготовить)",
    r"нам нуж(?:ен|на|но|ны)|выставьте|интересует (?:цена|стоимость|ваш)|please quote|we need|could you send",
)
"""Somebody asks for an offer, as no newsletter does."""

_BOUNCE_SUBJECTS = "|".join(
    (
        r"undeliver(?:ed|able)|non-?deliver|not delivered|message undeliver|failed (?:mail|delivery)",
        r"fail(?:ed|ure) notice",
        (
            r"(?:mail |message |e-?mail )?deliver(?:y|ed)? (?:\w+ )?(?:fail|status|problem|error|delay|"
            r"notification|report|unsuccess|has failed|incomplete)"
        ),
        r"returned (?:e-?mail|mail|message|to sender)|return(?:ed)? to sender|mail system error",
        r"mail could not be delivered",
        (
            r"(?:your )?(?:message|e-?mail|mail) (?:\S+ ){0,4}(?:could not|cannot|was not|"
            r"not) (?:be )?deliver|could not (?:deliver|send)"
        ),
        r"warning: (?:could not send|message|e?-?mail)|delayed mail",
        r"message (?:delayed|rejected|you sent blocked)|user unknown|mail rejected",
        r"unknown (?:user|recipient)|(?:permanent|transient|temporary) (?:delivery )?(?:failure|error)",
        r"rejected:|bounce|dsn:|ndn:|ndr:",
        r"недоставлен|не ?доставлен|не удал(?:ось|ся) доставить|не удается доставить",
        r"невозможно доставить|не может быть доставлен",
        r"(?:ваше )?(?:сообщение|письмо|почта)\s(?:\S+\s){0,4}не\s(?:\S+\s)?доставлен",
        r"ошибка (?:при )?(?:доставк|отправк)|возврат (?:письма|почты|сообщения)",
        (
            r"(?:отчет|отчёт|уведомление|сообщение) о (?:не)?(?:доставке|доставк|возврат|состоянии доставки|"
            r"задержк)|задержка доставки"
        ),
        r"unzustell|nicht zustellbar|unzustellbar|zustellung|konnte nicht zugestellt",
        r"fehler bei der zustellung|unzugestellt",
        r"non remis|message non distribu|[ée]chec de (?:la )?(?:remise|livraison|distribution)",
        r"non distribuable|retour de courrier",
        r"no se (?:puede|pudo) entregar|devuelto|mancato recapito|non recapitabile",
        r"impossibile recapitare|niet te bezorgen|onbestelbaar",
        r"nie ?dostarczon|niedostarczalne|nedoručiteln|kan inte levereras|olevererbart|ikke leveres",
        r"kunne ikke leveres|退信|配信|送信できません",
    )
)
BOUNCE_SUBJECT = re.compile(rf"\s*[\[*(]{{0,4}}\s*(?:{_BOUNCE_SUBJECTS})", _I)

BOUNCE_TEXT = _any(
    r"this (?:message|report) (?:was|is) (?:created|generated) (?:automatically )?(?:by|"
    r"to) (?:the )?mail|this is the (?:mail|postfix) (?:system|program)",
    r"qmail-send program|delivery to the following recipient|could not be delivered|was not delivered",
    r"undeliverable|unable to deliver",
    r"(?:delivery|message|mail) (?:has |to \S+ )?(?:failed|been (?:delayed|rejected|returned))",
    r"the following (?:address|recipient)\w*[^\n]{0,60}(?:fail|error|reject)",
    r"permanent (?:fatal )?errors?|(?:user|recipient|mailbox|account) (?:is )?(?:unknown|unavailable|"
    r"not found|disabled|full|does not exist)",
    r"no such (?:user|recipient|mailbox|address)|address (?:not found|couldn.t be found|rejected)",
    r"mailbox (?:is )?(?:full|over quota)|over quota",
    r"\b[45]\.\d\.\d{1,3}\b|did not reach the following|(?<!\d )\b55\d[ -](?:\d\.\d\.\d|[A-Za-z#<])|returned mail",
    r"delivery (?:attempts?|temporarily)|retry timeout exceeded",
    r"не (?:удалось|удается|может быть|было|был|можем|смогли) (?:\S+ )?достав",
    r"(?:не доставлен|недоставлен)|доставка (?:\S+ ){0,3}невозможн",
    r"(?:ящик|пользовател|адресат|получател)\S* (?:\S+ ){0,4}(?:не существует|не найден|переполнен|"
    r"заблокирован|недоступен|отсутствует)",
    r"нет такого (?:пользователя|адреса|ящика)|письмо возвращ|konnte nicht (?:zugestellt|[üu]bermittelt)",
    r"nicht zugestellt",
    r"n.a pas pu [êe]tre (?:remis|d[ée]livr|distribu)|no se ha podido entregar",
    r"non [èe] stato (?:possibile )?(?:recapita|consegna)|nie mo[żz]e by[ćc] dor",
)

BOUNCE_PROOF = _any(
    r"\b[45]\.\d\.\d{1,3}\b|\b(?:4[2-5]\d|55\d)[ -][A-Za-z#]|mail delivery software|mail system at|qmail",
    r"smtp|mailer-daemon|postmaster",
    r"почтов\w+ (?:систем|сервер|ящик)|ящик\w* (?:получател|переполнен|не существует)",
    r"(?:recipient|mailbox)\b|empf[äa]nger|destinatar",
)
"""Only mail servers speak so."""

RECEIPT_SUBJECT = _any(
    r"\s*(?:прочитано|не прочитано|прочтено|удалено без прочтения|доставлено|уведомление о прочтении|"
    r"подтверждение (?:о )?прочтени[яи])\b",
    r"\s*(?:read|not read|deleted|displayed|gelesen|ungelesen|lu|non lu|le[íi]do|letto|lido|gelezen|"
    r"przeczytano|p[řr]e[čc]teno|l[äa]st)\s?:",
    r"\s*(?:return receipt|read receipt|read notification|disposition notification|lesebest[äa]tigung|"
    r"confirmation de lecture|accus[ée] de lecture)",
    r"\s*(?:konfirmace|potvrzení o přečtení|conferma di lettura|confirmaci[oó]n de lectura|开封通知|已读)",
)
RECEIPT_TEXT = _any(
    r"(?:ваше|это|данное) (?:сообщение|письмо)[\s\S]{0,400}?(?:прочитано|прочтено|открыт|отображен|"
    r"удалено|доставлено)",
    r"(?:это|данное) (?:подтверждение|уведомление)|подтверждение о (?:прочтении|получении)|был[оа] прочитан[оа]",
    r"your (?:message|mail)[\s\S]{0,400}?(?:was (?:read|displayed|deleted|opened)|has been (?:read|"
    r"displayed|opened))|return receipt|read receipt",
    r"ihre nachricht[\s\S]{0,400}?(?:gelesen|angezeigt|ge[öo]ffnet)",
    r"votre message[\s\S]{0,400}?(?:a [ée]t[ée] lu|[ée]t[ée] (?:lu|affich))",
    r"su mensaje[\s\S]{0,400}?le[íi]d|messaggio[\s\S]{0,400}?(?:letto|visualizzat)",
    r"wiadomo[śs][ćc][\s\S]{0,400}?(?:przeczytan|wy[śs]wietlon)",
)

UNSUBSCRIBE = _any(
    r"unsubscribe|opt[- ]out|отписа(?:ться|ться)|отпис(?:ка|ки|ывайтесь)",
    r"отпишитесь|отписывайтесь",
    r"не хотите (?:больше |далее )?получать (?:наши |такие |подобные |эти )?(?:письма|рассылк|новост)",
    r"отказаться от (?:рассылк|подписк|получени)|управлен\w+ подпиской",
    r"(?:вы )?получили это письмо,? (?:так как|потому что|поскольку)",
    r"you (?:are )?receiv(?:ed|ing) this (?:e-?mail|message|newsletter) because",
    r"manage (?:your )?(?:preferences|subscription)|email preferences|abmelden|abbestellen",
    r"se d[ée]sabonner|d[ée]sinscri|darse de baja|cancellati",
    r"view (?:this (?:e-?mail|message) )?in (?:your )?browser",
    r"(?:открыть|посмотреть) (?:письмо )?в браузере|відписатися",
)
MASS_MAILER = _any(
    r"mailchimp|unisender|sendpulse|sendsay|getresponse|mindbox|dashamail|esputnik|mailerlite|campaign",
    r"sendgrid|mailjet|mailigen",
    r"phplist|acymailing|emailmarketing|expertsender|subscribe\.ru|constant ?contact|activecampaign",
    r"klaviyo|brevo|sendinblue|notisend|rusender",
)
LEAD_WORDS = _any(
    r"заявк|заказ|обращени|вопрос с сайта|сообщение с сайта|обратн\w+ (?:связ|звон)|перезвон|звонок",
    r"новый (?:лид|клиент|отклик)|отклик|лид\b",
    r"(?:входящ\w+|получено) (?:sms|смс)|с сайта|запрос",
    r"сообщени[ея] от|консультаци|\blead\b|inquiry|enquiry|contact form",
    r"new (?:submission|message|order|request)|callback|quote",
    r"form submission|website|anfrage|kontaktformular|formulaire|formulario",
)
"""A subject under which requests come; such a robot's letter is shown rather than put away."""
