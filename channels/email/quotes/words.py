"""The words mail programs put round a quotation: months, weekdays, "wrote", header labels, separators."""

from __future__ import annotations


def words(table: str) -> frozenset[str]:
    """The words of a table, blank or line break between them."""
    return frozenset(table.split())


def phrases(table: str) -> frozenset[str]:
    """The phrases of a table, "|" between them; a line break counts as a blank."""
    return frozenset(" ".join(phrase.split()) for phrase in table.split("|"))


# Every word is lower case, without a full stop behind it.
# Languages: ru uk be kk en de fr es it pt pl nl cs sk tr ro hu sv da no fi bg el.

MONTHS = words(
    """
    янв январь января фев февр февраль февраля мар март марта апр апрель апреля май мая июн июнь июня июл
    июль июля авг август августа сен сент сентябрь сентября окт октябрь октября ноя нояб ноябрь ноября дек
    декабрь декабря січ січень січня лют лютий лютого бер берез березень березня квіт кві квітень квітня
    трав тра травень травня черв чер червень червня лип липень липня серп сер серпень серпня вер верес
    вересень вересня жовт жов жовтень жовтня лист лис листоп листопад листопада груд гру грудень грудня сту
    студ студзень студзеня люты лютага сак сакавік сакавіка кра крас красавік красавіка май травеня чэр чэрв
    чэрвень чэрвеня ліп ліпень ліпеня жні жнів жнівень жніўня веррасень верасень верасня кас кастр
    кастрычнік кастрычніка ліс ліст лістапад лістапада сне снеж снежань снежня қаң қаңтар ақп ақпан нау наур
    наурыз сәу сәуір мам мамыр мау маусым шіл шілде там тамыз қыр қыркүйек қаз қазан қар қараша жел желт
    желтоқсан jan january feb february mar march apr april may jun june jul july aug august sep sept
    september oct october nov november dec december januar jänner februar märz mär mrz mai juni juli okt
    oktober dez dezember janv janvier févr février fevr mars avr avril juin juil juillet août septembre
    octobre novembre déc décembre ene enero febrero marzo abr abril mayo junio julio ago agosto septiembre
    setiembre octubre noviembre dic diciembre gen gennaio febbraio aprile mag maggio giu giugno lug luglio
    set settembre ott ottobre dicembre fev fevereiro março maio junho julho setembro outubro out novembro
    dez dezembro janeiro sty stycznia styczeń lut lutego luty marca marzec kwi kwietnia kwiecień maj maja
    cze czerwca czerwiec lip lipca lipiec sie sierpnia sierpień wrz września wrzesień paź października
    październik lis listopada listopadu listopad gru grudnia grudzień januari februari maart mrt mei augustus led
    ledna leden úno února únor bře března březen dub dubna duben kvě května květen čvn června červen čvc
    července červenec srp srpna srpen zář září říj října říjen prosince prosinec pro januára februára marca
    apríla mája júna júla augusta septembra októbra novembra decembra oca ocak şub şubat nis nisan haz
    haziran tem temmuz ağu ağustos eyl eylül eki ekim kas kasım ara aralık mayıs ian ianuarie februarie
    martie aprilie iunie iulie noiembrie decembrie január február március április május június július
    augusztus szeptember október augusti maj juli tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta
    kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta desember des януари февруари
    юни юли септември октомври ноември декември
    """
)

WEEKDAYS = words(
    """
    пн вт ср чт пт сб вс понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье
    нд понеділок вівторок середа середу четвер пʼятниця п'ятниця п’ятниця пятниця субота суботу неділя
    неділю аў чц пт нд панядзелак аўторак серада чацвер пятніца субота нядзеля дс сс сәр бс жм сн жс
    дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі mon tue tues wed thu thur thurs fri sat sun
    monday tuesday wednesday thursday friday saturday sunday mo di mi do fr sa so montag dienstag mittwoch
    donnerstag freitag samstag sonnabend sonntag lun mar mer jeu ven sam dim lundi mardi mercredi jeudi
    vendredi samedi dimanche mié mie jue vie sáb sab dom lunes martes miércoles jueves viernes sábado
    domingo gio lunedì martedì mercoledì giovedì venerdì sabato domenica seg ter qua qui sex segunda terça
    quarta quinta sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira pon pn wt śr sr czw
    cz pt sob niedz ndz nd poniedziałek wtorek środa środę czwartek piątek sobota sobotę niedziela niedzielę
    ma wo vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag po út st čt pá so ne pondělí
    úterý středa čtvrtek pátek neděle pondelok utorok streda štvrtok piatok nedeľa pzt sal çar per cum cmt
    paz pazartesi salı çarşamba perşembe cuma cumartesi pazar luni marți miercuri joi vineri sâmbătă
    duminică hétfő kedd szerda csütörtök péntek szombat vasárnap mån tis ons tors fre lör sön måndag tisdag
    onsdag torsdag fredag lördag söndag man tir tor lør søn mandag tirsdag lørdag søndag ma ti ke to pe la
    su
    """
)

WROTE = words(
    """
    написал написала написал(а) написал/а написало написали пишет пишете писал писала писал(а) писали
    сообщил сообщила сообщает ответил отправил отправила отправил(а) направил направила написав написала
    написав(ла) написав(-ла) писав писала пише пишуть пишете написали надіслав надіслала напісаў напісала
    напісаў(-ла) піша пісаў пісала пішыце пісалі жазды жазған жазып wrote writes write says said schrieb
    schrieben schreibt geschrieben écrit ecrit écrivait escribió escribio escribe escribía escribiste
    scritto scrive scriveva escreveu escrevia napisał napisała napisał(a) napisał/a napisali pisze pisał
    pisała napisal schreef geschreven schrijft napsal napsala napsal(a) napsal/a píše napísal napísala
    napísal(a) odesílatel yazdı yazmış yazdi scris írta írt skrev skrev: kirjoitti написа пише 写道 quoting
    zitat citation citando citát cytuję citeren
    """
)
"""The verbs (and participles) of the line that introduces a quotation."""

LEADS = words(
    """
    в во от пользователь года год г письме письмо сообщении ваше вашем ответ на вы час время отправитель
    цитирую дня о об у р ви року році користувач відправник карыстальнік а гадзіне ж жылы сағ сағат мына
    былай деп хатты on at from you user dated in your message of um uhr am vom den der das hat haben sie zu
    le à a h vous avez ecrit el las la los usted del il giorno alle ore lo da ho hai em às de dia você dnia
    w dniu o godz godzinie użytkownik pan pani panią op om heeft het volgende u dne dňa v ve odesílatel
    uživatel používateľ jste tarihinde saat şunu günü tarihli kullanıcısı şunları pe la data et kl den i
    følgende ke klo
    """
)
"""Words without meaning of their own in such a line: prepositions, "o'clock", "the user", "you"."""

NOT_IN_NAMES = words(
    """
    я мне меня мы нам нас мой моя наш наша наши наше ваша ваши вам вас он она они ему ей им как что чтобы
    когда если уже ещё еще потом потому поэтому так это этот эта эти тот который которая но и или не ни
    сказал просил прошу пожалуйста можно нужно надо будет был была вчера сегодня завтра утром вечером клиент
    клиенту менеджер менеджеру где куда там тут только даже i we me us my our they he she his her their as
    that this which what when where if but and or not please can could would will was were is are have
    already yesterday today tomorrow because so ich wir mein unser dass wenn aber oder nicht bitte wie schon
    auch je nous mon notre que qui mais ou pas comme déjà yo nosotros mi nuestro pero como ya porque io noi
    nostro che ma come già ja my mój nasz że ale lub nie jak już мені нам мій наш що коли якщо вже але або
    не як
    """
)
"""Words of sentences, not of names: with one of these a line was written by a human."""

FROM, DATE, SENT, TO, CC, SUBJECT, OTHER = "from", "date", "sent", "to", "cc", "subject", "other"

_LABELS = {
    FROM: """
    от|от кого|отправитель|від|від кого|відправник|ад|ад каго|адпраўнік|кімнен|жіберуші|from|sender|von
    |absender|de|expéditeur|da|mittente|od|nadawca|odesílatel|odosielateľ|van|afzender|kimden|gönderen
    |från|fra|lähettäjä|feladó|από|от:|remitente|remetente|de la|от адреса|发件人|寄件者|差出人
    """,
    DATE: """
    дата|күні|date|datum|fecha|data|dátum|tarih|päivä|ημερομηνία|when|время|час|дата и время|data e hora
    |día|日期|日 期|日付
    """,
    SENT: """
    отправлено|отправлен|дата отправки|отправленные|послано|отправлено в|надіслано|надіслане|надісланo
    |відправлено|адпраўлена
    |дасланы|даслана|жіберілді|жіберілген|sent|sent at|sent on|gesendet|gesendet am|envoyé|envoyé le
    |enviado|enviado el|enviado em|enviada|enviada em|enviados|enviadas|inviato|inviata|data invio|inviati
    |wysłano|wysłane|wysłana|data wysłania|envoyés|envoyées|date d'envoi|gesendet um|verstuurd|gönderilenler|gönderilme
    |verzonden|odesláno|odoslané|gönderilme tarihi|gönderildi|gönderme tarihi|trimis|skickat|sendt
    |lähetetty|elküldve|изпратено|sent date|发送时间|送信日時
    """,
    TO: """
    кому|получатель|получатели|одержувач|до|каму|кімге|to|recipient|recipients|an|empfänger|à|a|pour
    |para|destinatario|per|do|adresat|aan|komu|pro|kime|alıcı|till|til|vastaanottaja|címzett|către
    |destinatário|за|收件人|收件者|宛先
    """,
    CC: """
    копия|копія|копію|копіі|көшірме|cc|kopie|cópia|copia|copie|dw|do wiadomości|kopia|kopi|bilgi
    |másolatot kap|kopio|bcc|скрытая копия|reply-to|reply to|ответить|antwort an|répondre à|responder a
    |rispondi a
    """,
    SUBJECT: """
    тема|тема письма|предмет|тақырыбы|тақырып|subject|re|betreff|objet|asunto|oggetto|assunto|temat
    |onderwerp|předmět|predmet|konu|subiect|ämne|emne|aihe|tárgy|относно|θέμα|sujet|主题|主 题|主旨|件名
    """,
    OTHER: """
    важность|importance|priority|wichtigkeit|вложения|вложение|attachments|anlagen|anhang|pièces jointes
    |datos adjuntos|allegati|załączniki|organization|организация|x-mailer|message-id|priorität|prioridad
    |priorità|ważność|přílohy|bijlagen|ekler|категории|categories|вкладення|важливість|mailed-by|list-id
    """,
}
LABELS = {label: kind for kind, labels in _LABELS.items() for label in phrases(labels)}
"""The label before the colon in a block of copied headers, lower case -> which header it is."""

GREETINGS = words(
    """
    здравствуйте здравствуй добрый доброе доброго привет приветствую коллеги уважаемый уважаемая уважаемые
    вітаю добрий добридень шановний шановна сәлеметсіз hello hi hey dear good greetings guten hallo sehr liebe
    lieber moin bonjour bonsoir cher chère hola buenos buenas estimado estimada buongiorno gentile salve ciao dzień
    witam szanowny szanowna merhaba sayın selam olá caro cara prezado prezada bom boa beste geachte
    goedemorgen goedendag
    """
)
"""The first word of a line that only greets."""

SEPARATORS = phrases(
    """
    исходное сообщение|оригинальное сообщение|исходное письмо|первоначальное сообщение
    |пересылаемое сообщение|пересылаемое письмо|пересланное сообщение|перенаправленное сообщение
    |переадресованное сообщение|конец пересылаемого сообщения|начало пересылаемого сообщения
    |начало переадресованного сообщения|исходная встреча|сообщение переслано|вихідне повідомлення
    |початкове повідомлення|оригінальне повідомлення|переслане повідомлення|переадресоване повідомлення
    |пересилання повідомлення|оригінал повідомлення|оригинал сообщения|зыходнае паведамленне
    |арыгінальнае паведамленне|перасланае паведамленне|першапачатковае паведамленне|бастапқы хабар
    |түпнұсқа хабар|бастапқы хабарлама|қайта жіберілген хабар|түпнұсқа хат|қайта бағытталған хабар
    |original message|original mail|original appointment|forwarded message|forwarded by|forwarded mail
    |original e-mail|begin forwarded message|end of forwarded message|original email|reply message
    |message original|ursprüngliche nachricht|original-nachricht|originalnachricht
    |weitergeleitete nachricht|original nachricht|anfang der weitergeleiteten nachricht
    |anfang der weitergeleiteten e-mail|ursprüngliche mail|message d'origine|message d’origine
    |message original|mail original|message transféré|message initial|e-mail d'origine
    |début du message transféré|début du message réexpédié|message d'origine|courriel original
    |mensaje original|mensaje reenviado|mensaje de origen|correo original|inicio del mensaje reenviado
    |messaggio originale|messaggio inoltrato|inizio messaggio inoltrato|messaggio originario
    |mensagem original|mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada
    |início da mensagem reencaminhada|wiadomość oryginalna|oryginalna wiadomość|wiadomość przekazana
    |przekazana wiadomość|treść przekazanej wiadomości|początek wiadomości przekazanej
    |wiadomość przesłana dalej|pierwotna wiadomość|treść oryginalnej wiadomości|oorspronkelijk bericht
    |origineel bericht|doorgestuurd bericht|oorspronkelijke bericht|begin doorgestuurd bericht
    |původní zpráva|přeposlaná zpráva|původní e-mail|přesměrovaná zpráva|pôvodná správa
    |preposlaná správa|začátek přeposílané zprávy|orijinal mesaj|özgün ileti|orijinal ileti
    |orjinal mesaj|iletilen mesaj|iletilmiş mesaj|yönlendirilmiş ileti|iletilen ileti|mesaj original
    |mesajul original|eredeti üzenet|továbbított üzenet|ursprungligt meddelande|oprindelig meddelelse
    |vidarebefordrat meddelande|opprinnelig melding|alkuperäinen viesti|videresendt meddelelse
    |оригинално съобщение|препратено съобщение|исходящее сообщение
    """
)
"""What stands between dashes (or alone, with a colon, in Apple's forwards) above a previous message."""

HIDDEN_QUOTES = phrases(
    """
    [quoted text hidden]|[цитируемый текст скрыт]|[цитований текст приховано]|[zitierter text ausgeblendet]
    |[texte des messages précédents masqué]|[el texto citado está oculto]|[testo tra virgolette nascosto]
    |[ukryto cytowany tekst]|[texto das mensagens anteriores oculto]
    """
)
"""What Gmail prints instead of a quotation."""

REPLY_ABOVE = (
    "type your reply above",
    "reply above this line",
    "write above this line",
    "reply above the line",
    "respond above this line",
    "пишите выше этой линии",
    "пишите ответ выше",
    "ответ выше этой линии",
    "ответ выше этой строки",
    "ответ выше этой черты",
    "выше этой строки",
    "выше этой линии",
    "не удаляйте эту строку",
    "не видаляйте цей рядок",
    "вище цієї лінії",
    "do not delete this line",
    "do not remove this line",
    "antworten sie oberhalb dieser linie",
    "oberhalb dieser zeile",
    "oberhalb dieser linie",
    "au-dessus de cette ligne",
    "por encima de esta línea",
    "encima de esta línea",
    "sopra questa linea",
    "sopra questa riga",
    "powyżej tej linii",
    "acima desta linha",
    "boven deze regel",
    "boven deze lijn",
    "nad tento řádek",
    "nad touto čárou",
    "bu satırın üzerine",
    "bu çizginin üstüne",
)
"""The ticket systems' line: everything below it is theirs."""
