"""Lines that a phone, a web mailer, an antivirus or a lawyer appends: cut without touching the signature."""

from __future__ import annotations

import re

_SENT = (
    "отправлено с|отправлено из|отправлено через|отправлено от|послано с|отослано с|надіслано з"
    "|надіслано із|відправлено з"
    "|відправлено із|надіслано через|адпраўлена з|даслана з|жіберілді|sent from|sent with|sent via"
    "|sent using|get |download "
    "|скачать |скачайте |установить |отримати |завантажити |gesendet von|gesendet mit|von meinem"
    "|diese nachricht wurde von meinem"
    "|envoyé de|envoyé depuis|envoyé à partir|envoyé avec|télécharger |obtenez |téléchargez |enviado"
    " desde|enviado de|enviado com"
    "|enviado con|enviado a partir|enviada do|obtener |descargar |obter |obtenha |baixe |inviato da"
    "|inviato dal|inviato con|scarica "
    "|ottieni |wysłano z|wysłane z|wysłano za|pobierz |verzonden vanaf|verstuurd vanaf|verzonden met"
    "|verzonden van|download "
    "|odesláno z|odoslané z|odesláno ze|stáhnout |získejte |iphone'umdan|iphone’umdan|gönderildi"
    "|skickat från|sendt fra|lähetetty"
    "|trimis de pe|написано с|менің|из мобильной|з мобільної|с уважением, отправлено|my mail on"
)
_DEVICES = (
    "iphone|ipad|ipod|айфон|айпад|android|samsung|galaxy|huawei|honor|xiaomi|redmi|poco|mi phone"
    "|oneplus|oppo|realme|nokia|sony|xperia"
    "|blackberry|windows|outlook|почты|пошти|пошты|яндекс|yandex|mail.ru|mail ru|yahoo|gmail|gmx"
    "|web.de|proton|tutanota|spark|airmail"
    "|смартфон|телефон|планшет|мобильн|мобільн|устройств|пристро|smartphone|mobile|handy|telefon"
    "|tablet|portable|móvil|celular|cellulare"
    "|komór|mobiel|courrier|correo|posta|mail|thunderbird|bluemail|mymail|aquamail|mailbird|em"
    " client|libero|orange|wp poczt|onet|seznam"
    "|rambler|ukr.net|bigmir|hubspot|superhuman|почта"
)
_SENT_LINE = re.compile(rf"^[\W_]*(?:{_SENT})", re.IGNORECASE)
_DEVICE = re.compile(rf"(?:{_DEVICES})", re.IGNORECASE)
_GET = re.compile(
    r"^[\W_]*(?:get|download|скачать|скачайте|установить|отримати|завантажити|télécharger|obtenez"
    r"|téléchargez|obtener|descargar"
    r"|obter|obtenha|baixe|scarica|ottieni|pobierz|stáhnout|získejte|laden sie|holen sie sich|sie)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"[<(\[]?\s?https?://\S{1,300}|\[[^\]]{0,80}\]\(\S{1,300}\)")
_DELIMITER = re.compile(r"^\s*(?:--|—|---|__)\s*$")
_LONGEST_FOOTER = 110

_ANTIVIRUS = re.compile(
    r"^[\W_]*(?:без вирусов|не содержит вирусов|это сообщение проверено на вирусы"
    r"|данное сообщение проверено на вирусы"
    r"|это письмо проверено на наличие вирусов|это электронное письмо проверено|вирусов нет"
    r"|проверено антивирусом"
    r"|віруси відсутні|без вірусів|не містить вірусів|virus[- ]free|virenfrei|garanti sans virus"
    r"|sans virus|libre de virus"
    r"|privo di virus|wolne od wirusów|nie zawiera wirusów|livre de vírus|virusvrij|bez virů|virüssüz"
    r"|this e-?mail has been (?:checked|scanned) for viruses|this message has been scanned for viruses"
    r"|diese e-mail wurde von avast|cet e-mail a été vérifié|l'absence de virus"
    r"|el software de antivirus avast"
    r"|questa e-?mail è stata controllata|ta wiadomość została sprawdzona"
    r"|ta wiadomość e-mail została sprawdzona"
    r"|(?:https?://)?www\.(?:avast|avg|kaspersky|drweb|eset)\.\w{2,3}|avast software|kaspersky|dr\.?web)",
    re.IGNORECASE,
)
_LEGAL_START = re.compile(
    r"^[\W_]*(?:this (?:e-?mail|message|communication|transmission)\b.{0,120}?(?:confidential"
    r"|privileged|intended)"
    r"|confidentiality (?:notice|note)|disclaimer\b|legal (?:notice|disclaimer)"
    r"|the information (?:contained )?in this (?:e-?mail|message)"
    r"|the contents of this (?:e-?mail|message)|if you (?:are not|have received this)"
    r"|(?:настоящее|данное|это) (?:электронное )?(?:сообщение|письмо).{0,160}?(?:конфиденциальн"
    r"|предназначен|адресован)"
    r"|уведомление о конфиденциальности|конфиденциальность:|информация, содержащаяся в (?:настоящем"
    r"|данном|этом) (?:сообщении|письме|электронном)"
    r"|внимание! (?:это|данное) (?:сообщение|письмо|электронное)|ц(?:е"
    r"|ей) (?:електронн\w+ )?(?:повідомлення|лист).{0,120}?конфіденційн"
    r"|diese (?:e-?mail|nachricht).{0,120}?vertraulich|ce (?:message|courriel|mail"
    r"|courrier).{0,120}?confidentiel"
    r"|este (?:mensaje|correo|mensagem|e-?mail).{0,140}?confiden[ct]ia"
    r"|esta mensagem.{0,140}?confidencia|aviso (?:legal|de confiden)"
    r"|(?:questo|il presente) (?:messaggio|e-?mail).{0,140}?(?:confidenzial|riservat)"
    r"|le informazioni contenute"
    r"|(?:ta|niniejsza) wiadomość.{0,140}?poufn|treść tej wiadomości|informacje zawarte w"
    r"|de informatie (?:in|verzonden)"
    r"|tento e-?mail.{0,140}?důvěrn|bu e-?posta.{0,140}?gizli)",
    re.IGNORECASE,
)
_GREEN_START = re.compile(
    r"^[\W_]*(?:please consider the environment|before printing|think before you print"
    r"|прежде чем распечатать|подумайте о природе"
    r"|пожалуйста, подумайте об окружающей|берегите природу|pensez à l.environnement"
    r"|antes de imprimir|prima di stampare"
    r"|bitte denken sie an die umwelt)",
    re.IGNORECASE,
)


def cut_mobile_footer(text: str) -> str:
    """The text without "Sent from my iPhone", "Отправлено из мобильной Яндекс.Почты" and their like.

    Whole lines only, wherever they stand, with the "--" above them; a sentence that merely begins so stays.
    """
    lines = text.split("\n")
    kept: list[str] = []
    for line in lines:
        if is_mobile_footer(line) or is_antivirus(line):
            _drop_delimiter(kept)
        else:
            kept.append(line)
    return "\n".join(kept).strip("\n") if len(kept) != len(lines) else text


def is_mobile_footer(line: str) -> bool:
    """Whether the whole line is an advertisement of a device or a mail program."""
    if not 8 <= len(line) <= 400 or not _SENT_LINE.match(line):
        return False
    bare = _LINK.sub("", line).strip()
    if len(bare) > _LONGEST_FOOTER or bare.endswith(("?", ":")):
        return False
    if _GET.match(bare):
        return (
            bool(re.search(r"outlook|yahoo|bluemail|aqua|spark|mail\.ru|gmail|почт", bare, re.IGNORECASE))
            and len(bare) < 60
        )
    return bool(_DEVICE.search(bare)) and len(bare.split()) <= 13


def is_antivirus(line: str) -> bool:
    """Whether the line is an antivirus program's own."""
    return 5 <= len(line) <= 400 and bool(_ANTIVIRUS.match(line)) and len(_LINK.sub("", line)) <= 160


def cut_disclaimer(text: str) -> str:
    """The text without a legal or "think before you print" paragraph at its end.

    Only paragraphs below the first one, from the first that opens as a lawyer would to the end; when what follows
    it is longer than a disclaimer, nothing is cut.
    """
    paragraphs = re.split(r"(\n[ \t]*\n)", text)
    for index in range(2, len(paragraphs), 2):
        opening = " ".join(paragraphs[index][:400].split())
        if _LEGAL_START.match(opening) or _GREEN_START.match(opening):
            head = "".join(paragraphs[: index - 1]).rstrip()
            lines = head.split("\n")
            while lines and re.fullmatch(r"[\s\-_=*—]*", lines[-1]):
                lines.pop()
            return "\n".join(lines)
    return text


def _drop_delimiter(kept: list[str]) -> None:
    """Take back the "--" (and blank lines) that stood directly above a footer."""
    last = len(kept) - 1
    while last >= 0 and not kept[last].strip():
        last -= 1
    if last >= 0 and _DELIMITER.match(kept[last]):
        del kept[last:]
