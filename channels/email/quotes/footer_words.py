"""The words of footers that a device, a web mailer, an antivirus or a lawyer appends, by language."""

from __future__ import annotations

import re


def one_of(table: str) -> str:
    """A group that matches any phrase of the table ("|" between them; a line break counts as a blank)."""
    return "(?:" + "|".join(" ".join(phrase.split()) for phrase in table.split("|")) + ")"


_SENT = one_of(
    """
    отправлено (?:с|из|через|от|при помощи|мобильн)|послано (?:с|из)|отослано (?:с|из)|написано (?:с|на)
    |из мобильной
    |надіслано (?:з|із|за допомогою|через)|відправлено (?:з|із)|з мобільної|адпраўлена (?:з|праз)|даслана з
    |sent (?:from|with|via|using|by|on)|from my|my mail on|(?:this (?:e-?mail|message) was )?sent from (?:my|a)
    |gesendet (?:von|mit|über)|versendet mit|von meinem|diese nachricht wurde von|envoyé (?:de|depuis|à partir
    |avec|via)
    |provenance|enviado (?:desde|de|do|com|con|a partir|pelo|por|via)|enviada do|inviato (?:da|dal|con|tramite)
    |wysłan[eoy] (?:z|za|przy)|wiadomość wysłana z|verzonden (?:vanaf|met|van|via)|verstuurd (?:vanaf|met)
    |odesláno (?:z|ze)|odoslané z|skickat från|sendt fra|lähetetty|trimis de pe|elküldve|someone from mobile
    """
)
_GET = one_of(
    """
    get|download|скачать|скачайте|получить|получите|установить|отримати|отримайте|завантажити|laden sie
    |holen sie sich
    |hol dir|télécharger|téléchargez|obtenir|obtenez|obtener|obtén|descargar|obter o|obter|obtenha|baixe
    |scarica|ottieni
    |pobierz|download|downloaden|stáhnout|získat|získejte|atsisiųsti|hämta|hent|атрымаць|spamfrei
    """
)
_LAST = one_of(
    """
    gesendet|versendet|beziehen|herunterladen|downloaden|gönderildi|жіберілді|жолданды|送信|edinin|indirin|алу|жүктеу
    |küldve|lähetetty
    """
)
_DEVICE = one_of(
    r"""
    i-?phon|ipad|ipod|айфон|айпад|android|андроид|samsung|galaxy|huawei|honor|xiaomi|redmi|poco|mi phone
    |oneplus|oppo
    |realme|nokia|sony|xperia|htc|alcatel|wiko|motorola|google pixel|blackberry|windows|outlook|поч?т[ыаи]|пошт[иа]
    |яндекс|yandex|mail\.ru|mail ru|yahoo|gmail|gmx|web\.de|proton|tutanota|spark|airmail|typeapp
    |смартфон|телефон|планшет|мобильн|мобільн|устройств|пристро|smartphone|mobil|handy|telefon|téléphone
    |teléfono|tablet|portable|móvil|celular
    |cellulare|komór|courrier|correo|posta|pošt|\bmail|bluemail|poczt|mailbox|thunderbird|e-?mail app|libero
    |orange|onet|seznam|rambler
    |рамблер|ukr\.net|superhuman|\bphone|\bcell\b|\bdevice\b|myoffice|мойофис|мой ?офис|vk ?workmail|почта
    """
)
_PROGRAM = one_of(
    r"outlook|yahoo|bluemail|aqua ?mail|spark|mail\.ru|gmail|почт|my ?mail|airmail|proton|boxer|blackberry|nine\b"
)

SENT_LINE = re.compile(rf"^[\W_]*{_SENT}\b", re.IGNORECASE)
GET_LINE = re.compile(rf"^[\W_]*{_GET}\b.{{0,60}}{_PROGRAM}", re.IGNORECASE)
LAST_WORD = re.compile(rf"{_LAST}[\W_]*$", re.IGNORECASE)
DEVICE = re.compile(_DEVICE, re.IGNORECASE)

_ANTIVIRUS = one_of(
    r"""
    без вирусов(?=\W*(?:$|www|http|<))|не содержит вирусов|(?:это|данное) (?:электронное )?(?:сообщение
    |письмо) (?:было )?проверено|вирусов нет
    |проверено антивирусом|проверено на вирусы|віруси відсутні|без вірусів|не містить вірусів|цей лист перевірено
    |virus[- ]free|virenfrei|garanti sans virus|sans virus|libre de virus|privo di virus|senza virus
    |wolne od wirusów
    |nie zawiera wirusów|bez wirusów|livre de vírus|virusvrij|bez virů|neobsahuje viry|virüssüz|virüs bulunmuyor
    |this (?:e-?mail|message) has been (?:checked|scanned) (?:for viruses|by)|diese e-mail wurde (?:von avast
    |auf viren)
    |cet e-mail a été vérifié|l'absence de virus|el software de antivirus|questa e-?mail è stata controllata
    |ta wiadomość(?: e-mail)? została sprawdzona|avast software|avast logo|<#[0-9a-f-]{20,40}>
    |(?:https?://)?(?:www\.)?(?:avast|avg|kaspersky|drweb|eset)\.\w{2,3}\b
    """
)
ANTIVIRUS_LINE = re.compile(rf"^[^\w<]*{_ANTIVIRUS}", re.IGNORECASE)

_LEGAL = one_of(
    r"""
    this (?:e-?mail|message|communication|transmission)\b.{0,120}?(?:confidential|privileged|intended)
    |confidentiality (?:notice|note|warning)|disclaimer\b|legal (?:notice|disclaimer)
    |the (?:information|contents?) (?:contained )?(?:in|of) this (?:e-?mail|message|transmission)
    |(?:настоящее|данное|это) (?:электронное )?(?:сообщение|письмо).{0,160}?(?:конфиденциальн|предназначен
    |адресован)
    |уведомление о конфиденциальности|конфиденциальность:
    |информация, содержащаяся в (?:настоящем|данном|этом) (?:сообщении|письме|электронном)
    |внимание! (?:это|данное) (?:сообщение|письмо|электронное)
    |(?:це|цей) (?:електронн\w+ )?(?:повідомлення|лист).{0,120}?конфіденційн
    |diese (?:e-?mail|nachricht).{0,120}?vertraulich
    |ce (?:message|courriel|mail|courrier|e-mail).{0,120}?confidentiel
    |este (?:mensaje|correo|e-?mail).{0,140}?confidencia|esta? (?:mensagem|e-?mail).{0,140}?confidencia
    |aviso (?:legal|de confiden)|(?:questo|il presente) (?:messaggio|e-?mail).{0,140}?(?:confidenzial|riservat)
    |le informazioni contenute in|(?:ta|niniejsza) wiadomość.{0,140}?poufn|treść tej wiadomości
    |de informatie (?:in|verzonden)|deze e-?mail.{0,140}?vertrouwelijk|tento e-?mail.{0,140}?důvěrn
    |bu e-?posta.{0,140}?gizli|бұл хат.{0,120}?құпия
    """
)
_GREEN = one_of(
    """
    please consider the environment|before printing|think before you print|прежде чем распечатать
    |подумайте о природе
    |пожалуйста, подумайте об окружающей|берегите природу|pensez à l.environnement|antes de imprimir
    |prima di stampare
    |bitte denken sie an die umwelt|denken sie an die umwelt
    """
)
DISCLAIMER_PROOF = re.compile(
    one_of(
        """
        confidential|privileged|intended (?:recipient|only|solely)|in error|environment|print
        |конфиденциальн|по ошибке|не являетесь|несанкционирован|исключительно|не является (?:офертой|публичной)
        |распечат|бумаг|конфіденційн|помилк|vertraulich|irrtümlich|umwelt|confidentiel|par erreur|imprimer
        |confidencial|por error|por engano|imprimir|riservat|confidenzial|per errore|stampare|poufn|omyłk
        |gizli|yanlışlıkla|vertrouwelijk|důvěrn|құпия
        """
    ),
    re.IGNORECASE,
)
"""Without one of these a paragraph that opens like a lawyer's is the writer's own."""
BANNER = re.compile(
    r"^[\W_]*(?:(?:внимание|осторожно|warning|caution|achtung|vorsicht|attention|external(?: e-?mail| sender)?)"
    r"\b.{0,60}(?:внешн|external|outside|extern|originated)|(?:\[|<)\s?(?:external|внешн)"
    r"|(?:это|данное) (?:письмо|сообщение) (?:получено|пришло|отправлено) (?:от внешнего|извне|из внешн)).{0,300}$",
    re.IGNORECASE,
)
"""What a gateway writes above a letter from outside."""
DISCLAIMER_START = re.compile(rf"^[\W_]*(?:{_LEGAL}|{_GREEN})", re.IGNORECASE)
