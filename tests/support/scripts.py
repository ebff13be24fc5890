"""Paragraphs in many scripts, written for this project, with their edits, and words to draw from.

Knows: what a reader of each script calls the same text, an edited copy or another fact. An edit
replaces a stretch of a paragraph: (paragraph, old, new). Does not know: dedup.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

#: Which paragraph, what is replaced in it (once), and by what.
Edit = tuple[int, str, str]


class Script(NamedTuple):
    """Unrelated paragraphs; ``same``: edits that no reader sees; ``edits``: edited copies.

    ``facts``: edits that put another fact in its place; ``words``: what made-up paragraphs are
    drawn from, function words first; ``joint``: what stands between two of them; ``end``: what
    ends a sentence.
    """

    paragraphs: tuple[str, ...]
    same: dict[str, Edit]
    edits: dict[str, Edit]
    facts: dict[str, Edit]
    words: str
    joint: str = " "
    end: str = "."


def edited(script: Script, edit: Edit) -> tuple[str, str]:
    """Return a paragraph and its edited form."""
    number, old, new = edit
    before = script.paragraphs[number]
    assert old in before, f"{old!r} is not in paragraph {number}"
    return before, before.replace(old, new, 1)


_ENGLISH = Script(
    (
        "The small library by the river opened its doors again yesterday. Children stood in line "
        "before the entrance from early morning, and the librarian led them one by one into the "
        "new reading room, whose windows look out on the water.",
        "There was little rain this spring, so the farmers brought water down to the fields from "
        "the reservoir at the foot of the hill. By day they mend the ditches, by night they take "
        "turns at the sluice.",
        "The eating house across from the station has only six tables, but the menu is written "
        "by hand on a slate every morning. The owner knows what each of her guests likes and has "
        "never mixed up an order.",
        "The new bus line starts its trial runs next month. The first bus leaves at 5:30 in the "
        "morning and the last one comes home at 11 at night; for a week nobody has to pay.",
    ),
    {
        "a word is parted to wrap the line": (1, "farmers", "far-\nmers"),
        "digits of another script": (3, "at 11", "at ١١"),
        "zero-width spaces inside words": (2, "station has", "sta\u200btion h\u200bas"),
        "capitals": (0, "The small library", "THE SMALL LIBRARY"),
        "a soft hyphen inside a word": (0, "librarian", "libra\u00adrian"),
        "ligatures": (1, "fields", "ﬁelds"),
        "full width": (3, "5:30", "５：３０"),
        "other quotation marks and dashes": (3, "; for a week", " – for a week"),
        "a line is wrapped": (1, "reservoir at the foot", "reservoir\n   at the foot"),
        "an emoji is added": (2, "an order.", "an order. 🍲👍🏽"),
    },
    {
        "a function word is another": (0, "into the new", "into a new"),
        "a word is inserted": (0, "Children stood", "Many children stood"),
        "a word is removed": (1, "little rain this spring, so", "little rain this spring,"),
        "a letter is lost": (2, "morning", "mornng"),
        "two words become one": (2, "eating house", "eatinghouse"),
        "a sentence is added": (3, "has to pay.", "has to pay. Come along."),
    },
    {
        "a number is another": (3, "11 at night", "12 at night"),
        "a number word is another": (2, "six tables", "nine tables"),
        "a noun is another": (0, "library by", "theatre by"),
    },
    (
        "the of and to in a is that it was for on with as at by from this be or an were which "
        "are have their had not but they his her she he we you all one been has when who will "
        "more if no out so said what up its about into than them can only other new some could "
        "time these two may then do first any my now such like our over man me even most made "
        "after also did many before must through back years where much your way well down should "
        "because each just those people how too little state good very make world still own see "
        "men work long get here between both life being under never day same another know while "
        "last might us great old year off come since against go came right used take three river "
        "stone ferry council night bridge engine water lamp paper window garden letter winter "
        "harbour market farmer station kitchen captain mountain village railway teacher morning "
        "evening weather island journey painter soldier forest castle copper barrel chimney"
    ),
)

_GERMAN = Script(
    (
        "Die kleine Bibliothek am Fluss hat gestern wieder geöffnet. Schon früh am Morgen standen "
        "die Kinder in der Straße Schlange, und die Leiterin führte eines nach dem anderen in den "
        "neuen Lesesaal, dessen Fenster auf das Wasser gehen.",
        "In diesem Frühjahr fiel wenig Regen, deshalb leiteten die Bauern das Wasser vom Stausee "
        "am Fuß des Berges auf ihre Felder. Tagsüber bessern sie die Gräben aus, nachts wachen sie "
        "abwechselnd am Wehr.",
        "Das Gasthaus gegenüber dem Bahnhof hat nur sechs Tische, aber die Speisekarte wird jeden "
        "Morgen von Hand auf eine Tafel geschrieben. Die Wirtin weiß, was ihre Gäste mögen, und "
        "hat "
        "noch nie eine Bestellung verwechselt.",
        "Die neue Buslinie beginnt im nächsten Monat mit den Probefahrten. Der erste Bus fährt um "
        "5:30 Uhr ab, der letzte kommt um 23 Uhr zurück; eine Woche lang muss niemand bezahlen.",
    ),
    {
        "sharp s in capitals": (0, "der Straße Schlange", "DER STRASSE SCHLANGE"),
        "a capital sharp s": (1, "am Fuß des Berges", "AM FUẞ DES BERGES"),
        "umlauts come apart": (2, "gegenüber", "gegenu\u0308ber"),
        "a soft hyphen in a long word": (3, "Probefahrten", "Probe\u00adfahr\u00adten"),
        "quotation marks": (2, "nur sechs", "„nur“ sechs"),
    },
    {
        "the old spelling": (2, "Die Wirtin weiß, was", "Die Wirthin weiß, daß"),
        "an article is another": (0, "Die kleine Bibliothek", "Eine kleine Bibliothek"),
        "a word is inserted": (1, "fiel wenig Regen", "fiel leider wenig Regen"),
        "an ending is another": (3, "mit den Probefahrten", "mit der Probefahrt"),
        "a compound is parted": (0, "Lesesaal", "Lese-Saal"),
    },
    {
        "a number is another": (3, "23 Uhr", "22 Uhr"),
        "a number word is another": (2, "sechs Tische", "neun Tische"),
        "a noun is another": (0, "Bibliothek am", "Turnhalle am"),
    },
    (
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch "
        "es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über "
        "einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde sei Straße "
        "Fluss Brücke Fähre Wasser Stein Nacht Morgen Abend Garten Fenster Brief Winter Hafen "
        "Markt Bauer Bahnhof Küche Kapitän Berg Dorf Eisenbahn Lehrerin Wetter Insel Reise Maler "
        "Soldat Wald Schloss Kupfer Fass Schornstein Gespräch Größe Maß Fuß Gemeinde Rathaus "
        "schreiben lesen gehen stehen öffnen schließen fahren warten bauen tragen finden hören "
        "klein groß alt neu früh spät schnell langsam hell dunkel warm kühl müde fröhlich"
    ),
)

_TURKISH = Script(
    (
        "Irmak kıyısındaki küçük kitaplık dün yeniden açıldı. Çocuklar sabahın ilk ışığından "
        "itibaren kapının önünde sıraya girdi, görevli de onları birer birer suya bakan yeni okuma "
        "odasına götürdü.",
        "Bu ilkbaharda az yağmur yağdığı için köylüler suyu dağın eteğindeki göletten tarlalara "
        "indirdi. Gündüz arkları onarıyorlar, gece sırayla savağın başında bekliyorlar.",
        "İstasyonun karşısındaki lokantada yalnızca altı masa var, ama yemek listesi her sabah "
        "elle bir kara tahtaya yazılıyor. Sahibi bütün müşterilerinin ne sevdiğini bilir ve hiçbir "
        "siparişi karıştırmaz.",
        "Yeni otobüs hattı gelecek ay deneme seferlerine başlıyor. İlk otobüs sabah 5.30'da "
        "kalkacak, son otobüs gece 11'de dönecek; ilk hafta boyunca kimse ücret ödemeyecek.",
    ),
    {
        "capitals by the rules of Turkish": (0, "kıyısındaki küçük", "KIYISINDAKİ KÜÇÜK"),
        "capitals by other rules": (3, "seferlerine başlıyor", "SEFERLERINE BAŞLIYOR"),
        "a dot that is a mark": (2, "İstasyonun", "I\u0307stasyonun"),
        "a cedilla that is a mark": (0, "Çocuklar", "C\u0327ocuklar"),
        "small letters": (2, "İstasyonun", "istasyonun"),
        "dots are forgotten": (1, "sırayla", "sirayla"),
    },
    {
        "a particle is another": (0, "görevli de", "görevli ise"),
        "a word is inserted": (1, "az yağmur", "çok az yağmur"),
        "a word is removed": (2, "lokantada yalnızca", "lokantada"),
        "an ending is another": (3, "seferlerine", "seferlere"),
    },
    {
        "a number is another": (3, "gece 11'de", "gece 10'de"),
        "a number word is another": (2, "yalnızca altı", "yalnızca dokuz"),
        "a noun is another": (0, "kitaplık dün", "tiyatro dün"),
    },
    (
        "bir ve bu da de için ile çok daha olarak gibi en kadar ne var o ama sonra her ki ilk "
        "göre olan iki ya büyük yeni ise değil şey kendi önce son bütün böyle başka ancak hem "
        "ırmak taş gemi kurul gece köprü su ışık kâğıt pencere bahçe mektup kış liman çarşı "
        "çiftçi istasyon mutfak kaptan dağ köy demiryolu öğretmen sabah akşam hava ada yolculuk "
        "ressam asker orman kale bakır fıçı baca sokak kapı masa sandalye ekmek balık kuş ağaç "
        "yazmak okumak gitmek durmak açmak kapamak beklemek taşımak bulmak duymak küçük eski "
        "yavaş hızlı aydınlık karanlık sıcak soğuk yorgun mutlu"
    ),
)

_VIETNAMESE = Script(
    (
        "Thư viện nhỏ bên bờ sông hôm qua đã mở cửa trở lại. Từ sáng sớm trẻ em đã xếp hàng "
        "trước cổng, và cô thủ thư dẫn từng em vào phòng đọc mới có cửa sổ nhìn ra mặt nước.",
        "Mùa xuân năm nay ít mưa nên nông dân phải dẫn nước từ hồ chứa dưới chân núi về ruộng. "
        "Ban ngày họ sửa mương, ban đêm họ thay nhau canh cống.",
        "Quán ăn đối diện nhà ga chỉ có sáu bàn, nhưng thực đơn mỗi ngày đều được viết tay lên "
        "bảng đen. Bà chủ nhớ khẩu vị của từng người khách quen và chưa bao giờ ghi nhầm món.",
        "Tuyến xe buýt mới sẽ chạy thử từ tháng sau. Chuyến đầu khởi hành lúc 5 giờ 30 sáng và "
        "chuyến cuối về bến lúc 11 giờ đêm; trong tuần đầu mọi người được đi miễn phí.",
    ),
    {
        "marks come apart": (0, "Thư viện nhỏ", "Thu\u031b vie\u0323\u0302n nho\u0309"),
        "marks in another order": (1, "Mùa xuân", "Mu\u0300a xua\u0302n"),
        "capitals": (2, "Quán ăn đối diện", "QUÁN ĂN ĐỐI DIỆN"),
    },
    {
        "a particle is another": (0, "đã mở cửa", "lại mở cửa"),
        "a word is inserted": (1, "ít mưa", "rất ít mưa"),
        "a word is removed": (2, "đều được viết", "được viết"),
        "tone marks are set the old way": (3, "khởi hành", "khỏi hành"),
    },
    {
        "a number is another": (3, "11 giờ", "10 giờ"),
        "a noun is another": (2, "sáu bàn", "sáu phòng"),
    },
    (
        "và của là có không được cho một các người những trong đã với để này khi đến về như "
        "từ ra ở cũng vào lại đó nhiều thì sau rất còn phải mà trên bị năm nếu sẽ nhưng hơn "
        "sông đá phà hội đêm cầu máy nước đèn giấy cửa vườn thư đông cảng chợ ruộng ga bếp "
        "thuyền núi làng tàu thầy sáng chiều trời đảo đường họa lính rừng lâu đồng thùng khói "
        "viết đọc đi đứng mở đóng chờ mang tìm nghe nhỏ lớn cũ mới nhanh chậm sáng tối ấm "
        "mát mệt vui bàn ghế bánh cá chim cây lá hoa quả nhà"
    ),
)

_GREEK = Script(
    (
        "Η μικρή βιβλιοθήκη δίπλα στο ποτάμι άνοιξε χθες πάλι τις πόρτες της. Τα παιδιά στέκονταν "
        "στη σειρά από νωρίς το πρωί και η υπεύθυνη τα οδηγούσε ένα ένα στο καινούργιο "
        "αναγνωστήριο, που τα παράθυρά του βλέπουν στο νερό.",
        "Φέτος την άνοιξη έβρεξε λίγο, γι' αυτό οι αγρότες έφεραν νερό στα χωράφια από τη δεξαμενή "
        "στους πρόποδες του λόφου. Την ημέρα φτιάχνουν τα αυλάκια, τη νύχτα φυλάνε με τη σειρά το "
        "φράγμα.",
        "Το μαγειρείο απέναντι από τον σταθμό έχει μόνο έξι τραπέζια, αλλά ο κατάλογος γράφεται "
        "κάθε πρωί με το χέρι στον μαυροπίνακα. Η ιδιοκτήτρια ξέρει τι αρέσει στον καθένα και δεν "
        "έχει μπερδέψει ποτέ παραγγελία.",
        "Η νέα γραμμή λεωφορείων ξεκινά τον άλλο μήνα δοκιμαστικά. Το πρώτο λεωφορείο φεύγει στις "
        "5:30 το πρωί και το τελευταίο γυρίζει στις 11 το βράδυ· για μία εβδομάδα δεν πληρώνει "
        "κανείς.",
    ),
    {
        "capitals, which have no accents": (
            0,
            "μικρή βιβλιοθήκη δίπλα στο ποτάμι",
            "ΜΙΚΡΗ ΒΙΒΛΙΟΘΗΚΗ ΔΙΠΛΑ ΣΤΟ ΠΟΤΑΜΙ",
        ),
        "capitals with their accents": (2, "Το μαγειρείο", "ΤΟ ΜΑΓΕΙΡΕΊΟ"),
        "final sigma": (1, "οι αγρότες", "ΟΙ ΑΓΡΟΤΕΣ"),
        "accents are marks": (1, "άνοιξη", "α\u0301νοιξη"),
        "the accent of the ancients": (3, "γραμμή", "γραμμ\u1f74"),
        "the old spelling with breathings": (3, "Η νέα", "Ἡ νέα"),
        "an accent is forgotten": (3, "λεωφορείων", "λεωφορειων"),
        "the semicolon of Greek is a middle dot": (3, "βράδυ· για", "βράδυ\u0387 για"),
    },
    {
        "an article is another": (0, "από νωρίς το πρωί", "από νωρίς ένα πρωί"),
        "a word is inserted": (1, "έβρεξε λίγο", "έβρεξε πολύ λίγο"),
        "a word is removed": (2, "έχει μόνο", "έχει"),
        "an ending is another": (3, "δοκιμαστικά", "δοκιμαστικώς"),
    },
    {
        "a number is another": (3, "στις 11", "στις 12"),
        "a number word is another": (2, "έξι τραπέζια", "εννέα τραπέζια"),
        "a noun is another": (0, "βιβλιοθήκη", "εκκλησία"),
    },
    (
        "και το να του η της με που την από για είναι τα των στο οι ο σε δεν θα τον ένα μια "
        "στην αυτό τις αλλά όπως τους ότι ή πολύ μας κατά πρέπει μετά όταν έχει μόνο πριν όλα "
        "ποτάμι πέτρα πλοίο νύχτα γέφυρα μηχανή νερό λάμπα χαρτί παράθυρο κήπος γράμμα χειμώνας "
        "λιμάνι αγορά αγρότης σταθμός κουζίνα καπετάνιος βουνό χωριό σιδηρόδρομος δάσκαλος πρωί "
        "βράδυ καιρός νησί ταξίδι ζωγράφος στρατιώτης δάσος κάστρο χαλκός βαρέλι καμινάδα δρόμος "
        "πόρτα τραπέζι καρέκλα ψωμί ψάρι πουλί δέντρο γράφω διαβάζω πηγαίνω στέκομαι ανοίγω "
        "κλείνω περιμένω κουβαλώ βρίσκω ακούω μικρός μεγάλος παλιός νέος γρήγορος αργός"
    ),
)

_RUSSIAN = Script(
    (
        "Маленькая библиотека у реки вчера снова открыла свои двери. Дети с раннего утра стояли в "
        "очереди у входа, и заведующая по одному вела их в новый читальный зал, окна которого "
        "выходят на воду.",
        "Этой весной было мало дождей, поэтому крестьяне провели воду на поля из водохранилища у "
        "подножия холма. Днём они чинят канавы, а ночью по очереди сторожат шлюз.",
        "В столовой напротив вокзала всего шесть столов, зато меню каждое утро пишут от руки на "
        "доске. Хозяйка знает, что любит каждый из её гостей, и ещё ни разу не перепутала заказ.",
        "Новый автобусный маршрут откроют в следующем месяце. Первый автобус отходит в 5:30 утра, "
        "последний возвращается в 11 вечера; целую неделю никто не будет платить за проезд.",
    ),
    {
        "capitals": (0, "Маленькая библиотека", "МАЛЕНЬКАЯ БИБЛИОТЕКА"),
        "the two dots of ё are left out": (2, "её гостей, и ещё", "ее гостей, и еще"),
        "stress is marked": (1, "крестьяне провели", "крестья\u0301не провели\u0301"),
        "a wrapped word": (1, "водохранилища", "водохрани-\nлища"),
        "zero-width spaces": (0, "библиотека", "библио\u200bтека"),
        "the short i comes apart": (0, "новый читальный", "новыи\u0306 читальныи\u0306"),
        "a soft hyphen": (1, "водохранилища", "водо\u00adхрани\u00adлища"),
        "a no-break space": (3, "в 5:30", "в\u00a05:30"),
        "quotation marks": (3, "Новый автобусный", "«Новый» автобусный"),
    },
    {
        "a conjunction is another": (1, "а ночью", "и ночью"),
        "a word is inserted": (0, "вчера снова", "вчера наконец снова"),
        "a word is removed": (2, "каждый из её", "каждый её"),
        "an ending is another": (1, "на поля", "на поле"),
    },
    {
        "a number is another": (3, "в 11 вечера", "в 10 вечера"),
        "a number word is another": (2, "шесть столов", "девять столов"),
        "a noun is another": (0, "библиотека", "гостиница"),
    },
    (
        "и в не на что он с как это по но они мы из у за то все так его от же для вы бы уже "
        "до только или ещё было её если мне при нет чтобы там где когда очень даже без себя "
        "река камень паром совет ночь мост машина вода лампа бумага окно сад письмо зима гавань "
        "рынок крестьянин вокзал кухня капитан гора деревня дорога учитель утро вечер погода "
        "остров путешествие художник солдат лес замок медь бочка труба улица дверь стол стул "
        "хлеб рыба птица дерево писать читать идти стоять открыть закрыть ждать нести найти "
        "слышать маленький большой старый новый быстрый медленный светлый тёмный тёплый"
    ),
)

_UKRAINIAN = Script(
    (
        "Маленька бібліотека біля річки вчора знову відчинила двері. Діти з раннього ранку стояли "
        "в черзі, і завідувачка по одному вела їх до нової читальні з вікнами на воду. Зібралося "
        "п'ять сімей із сусідніх сіл.",
        "Цієї весни було мало дощів, тому селяни провели воду на поля зі ставка під горою. Удень "
        "вони лагодять рівчаки, а вночі по черзі стережуть греблю, щоб сім'ї мали врожай.",
    ),
    {
        "a curly apostrophe": (0, "п'ять", "п’ять"),
        "an apostrophe that is a letter": (0, "п'ять сімей", "пʼять сімей"),
        "the yi comes apart": (0, "вела їх", "вела і\u0308х"),
    },
    {
        "a conjunction is another": (0, "і завідувачка", "й завідувачка"),
        "a word is inserted": (1, "було мало", "було дуже мало"),
    },
    {"a noun is another": (1, "на поля зі ставка", "на поля зі струмка")},
    "",
)

_ARABIC = Script(
    (
        "أعادت المكتبة الصغيرة في المدينة فتح أبوابها أمس. وقف الأطفال في صف طويل أمام المدخل منذ "
        "الصباح الباكر، وقادهم أمين المكتبة واحدا واحدا إلى قاعة القراءة الجديدة التي تطل نوافذها "
        "على النهر.",
        "كان المطر قليلا هذا الربيع، فجر أهل القرية الماء من الخزان عند سفح الجبل إلى الحقول. "
        "يصلحون القنوات في النهار ويتناوبون على حراسة السدود في الليل، ويأملون أن يكون الحصاد "
        "جيدا.",
        "في المطعم المقابل للمحطة ست طاولات فقط، لكن قائمة الطعام تكتب كل يوم بخط اليد على لوح "
        "أسود. تعرف صاحبة المطعم ذوق كل زبون من زبائنها ولا تخطئ في طلب أبدا.",
        "يبدأ خط الحافلات الجديد رحلاته التجريبية في الشهر القادم. تنطلق الحافلة الأولى في الساعة "
        "5 والنصف صباحا وتعود الأخيرة في الساعة 11 ليلا، والركوب مجاني للجميع طوال الأسبوع الأول.",
    ),
    {
        "tatweel stretches a word": (0, "المكتبة الصغيرة", "المكتـــبة الصغـيرة"),
        "vowel marks": (1, "كان المطر قليلا", "كَانَ المَطَرُ قَلِيلًا"),
        "presentation forms": (0, "المدينة", "ﺍﻟﻤﺪﻳﻨﺔ"),
        "the ligature of lam and alef": (0, "الأطفال", "ﺍ\ufef7ﻃﻔﺎﻝ"),
        "a hamza that is a mark": (0, "أمام", "ا\u0654مام"),
        "direction marks": (3, "5 والنصف", "\u200f5\u200e والنصف"),
        "an isolate around a number": (3, "11 ليلا", "\u206711\u2069 ليلا"),
        "the comma of Latin": (1, "الربيع، فجر", "الربيع, فجر"),
    },
    {
        "a hamza is left out": (0, "إلى قاعة", "الى قاعة"),
        "a preposition is another": (0, "في صف طويل", "على صف طويل"),
        "a word is inserted": (1, "الماء من الخزان", "الماء العذب من الخزان"),
        "a word is removed": (2, "طلب أبدا", "طلب"),
        "a conjunction is added": (3, "تنطلق الحافلة", "وتنطلق الحافلة"),
    },
    {
        "a number is another": (3, "11 ليلا", "10 ليلا"),
        "a noun is another": (0, "قاعة القراءة", "قاعة الموسيقى"),
    },
    (
        "في من على إلى أن هذا التي الذي عن مع كان ما لا هو هي كل بعد قبل بين عند ثم أو إن قد "
        "لم حتى منذ غير أي تحت فوق حول خلال أمام نهر حجر عبارة مجلس ليل جسر محرك ماء مصباح ورق "
        "نافذة حديقة رسالة شتاء ميناء سوق فلاح محطة مطبخ قبطان جبل قرية قطار معلم صباح مساء طقس "
        "جزيرة سفر رسام جندي غابة قلعة نحاس برميل مدخنة شارع باب طاولة كرسي خبز سمك طائر شجرة "
        "يكتب يقرأ يذهب يقف يفتح يغلق ينتظر يحمل يجد يسمع صغير كبير قديم جديد سريع بطيء مضيء "
        "مظلم دافئ بارد متعب سعيد الطريق المدينة البحر السماء الأرض العمال المدرسة الكتاب"
    ),
)

_PERSIAN = Script(
    (
        "کتابخانهٔ کوچک کنار رودخانه دیروز دوباره باز شد. بچه‌ها از صبح زود جلوی در صف کشیده "
        "بودند و کتابدار آن‌ها را یکی‌یکی به تالار تازه‌ای می‌برد که پنجره‌هایش رو به آب است.",
        "امسال بهار کم باران بارید و روستاییان آب را از سد پای کوه به کشتزارها آوردند. روزها "
        "جوی‌ها "
        "را درست می‌کنند و شب‌ها به نوبت از دریچه نگهبانی می‌کنند.",
    ),
    {
        "a joiner becomes a space": (1, "نگهبانی می‌کنند", "نگهبانی می کنند"),
        "a joiner becomes nothing": (1, "نگهبانی می\u200cکنند", "نگهبانی میکنند"),
        "a joiner is left out": (0, "بچه‌ها", "بچهها"),
        "letters of an Arabic keyboard": (0, "کوچک کنار", "كوچك كنار"),
        "vowel marks": (1, "کم باران", "کَم باران"),
    },
    {
        "a word is inserted": (0, "دیروز دوباره", "دیروز سرانجام دوباره"),
    },
    {"a noun is another": (0, "تالار تازه", "زیرزمین تازه")},
    "",
)

_HEBREW = Script(
    (
        "הספרייה הקטנה על גדת הנהר פתחה אתמול מחדש את שעריה. הילדים עמדו בתור לפני הכניסה מן הבוקר "
        "המוקדם, והספרנית הובילה אותם בזה אחר זה אל חדר הקריאה החדש שחלונותיו פונים אל המים.",
        "באביב הזה ירדו מעט גשמים, ולכן הביאו האיכרים מים אל השדות מן המאגר שלרגלי הגבעה. ביום הם "
        "מתקנים את התעלות, ובלילה הם שומרים בתורנות על הסכר.",
        "במסעדה שמול התחנה יש רק שישה שולחנות, אבל התפריט נכתב בכל בוקר ביד על לוח. בעלת המקום "
        "יודעת מה אוהב כל אחד מן האורחים שלה, ומעולם לא התבלבלה בהזמנה.",
        "קו האוטובוס החדש יוצא לנסיעות מבחן בחודש הבא. האוטובוס הראשון יוצא ב-5:30 בבוקר והאחרון "
        'חוזר ב-11 בלילה; במשך שבוע איש לא ישלם, כך הודיע מנכ"ל החברה.',
    ),
    {
        "points": (0, "הספרייה הקטנה", "הַסִּפְרִיָּיה הַקְּטַנָּה"),
        "presentation forms": (1, "שומרים", "\ufb2a\ufb35מרים"),
        "the hyphen of Hebrew": (3, "ב-11", "ב\u05be11"),
        "quotation marks of Hebrew": (3, 'מנכ"ל', "מנכ״ל"),
        "direction marks": (3, "5:30", "\u200e5:30\u200f"),
    },
    {
        "a preposition is another": (0, "אל חדר", "לתוך חדר"),
        "a word is inserted": (1, "ירדו מעט", "ירדו רק מעט"),
        "a word is removed": (2, "יש רק", "יש"),
        "fuller spelling": (1, "גשמים, ולכן", "גישמים, ולכן"),
    },
    {
        "a number is another": (3, "ב-11", "ב-10"),
        "a noun is another": (0, "חדר הקריאה", "חדר האוכל"),
    },
    (
        "של על את לא כי הוא היא עם גם אל זה אם רק כל או יש אין אבל היה בין אחרי לפני כמו עד "
        "אני אתה הם מה מי עוד כבר מאוד שם פה אז כך נהר אבן מעבורת מועצה לילה גשר מנוע מים מנורה "
        "נייר חלון גינה מכתב חורף נמל שוק איכר תחנה מטבח קברניט הר כפר רכבת מורה בוקר ערב מזג "
        "אי מסע צייר חייל יער טירה נחושת חבית ארובה רחוב דלת שולחן כיסא לחם דג ציפור עץ כותב "
        "קורא הולך עומד פותח סוגר ממתין נושא מוצא שומע קטן גדול ישן חדש מהיר איטי בהיר חשוך חם "
        "קר עייף שמח הדרך העיר הים השמיים הארץ הפועלים הספר בית"
    ),
)

_HINDI = Script(
    (
        "नदी के किनारे का छोटा पुस्तकालय कल फिर खुल गया। बच्चे सुबह से ही दरवाज़े के सामने कतार में खड़े थे और "
        "पुस्तकालय की अध्यक्ष उन्हें एक एक करके नए वाचनालय में ले गईं, जिसकी खिड़कियाँ पानी की ओर खुलती हैं।",
        "इस वसंत में बारिश कम हुई, इसलिए किसान पहाड़ी के नीचे के तालाब से खेतों तक पानी लाए। दिन में वे नालियाँ "
        "ठीक करते हैं और रात को बारी बारी से बाँध की रखवाली करते हैं।",
        "स्टेशन के सामने के भोजनालय में केवल छह मेज़ें हैं, लेकिन भोजन की सूची हर सुबह हाथ से काली तख़्ती पर लिखी "
        "जाती है। मालकिन जानती हैं कि किस अतिथि को क्या पसंद है और उनसे कभी भूल नहीं हुई।",
        "नई बस सेवा अगले महीने से शुरू होगी। पहली बस सुबह 5:30 बजे चलेगी और आख़िरी बस रात 11 बजे लौटेगी, पहले "
        "सप्ताह में किसी को किराया नहीं देना होगा।",
    ),
    {
        "nukta composed": (0, "दरवाज़े", "दरवा\u095bे"),
        "a joiner in a conjunct": (2, "स्टेशन", "स्\u200dटेशन"),
        "a non-joiner in a conjunct": (0, "बच्चे", "बच्\u200cचे"),
        "the danda becomes a full stop": (0, "खुल गया।", "खुल गया."),
    },
    {
        "nukta is left out": (2, "मेज़ें", "मेजें"),
        "the nasal is spelt in another way": (0, "खिड़कियाँ", "खिड़कियां"),
        "a postposition is another": (0, "दरवाज़े के सामने", "दरवाज़े से सामने"),
        "a word is inserted": (1, "बारिश कम", "बारिश बहुत कम"),
        "a word is removed": (2, "हर सुबह हाथ", "सुबह हाथ"),
    },
    {
        "a number is another": (3, "11 बजे", "10 बजे"),
        "a noun is another": (0, "छोटा पुस्तकालय", "छोटा अस्पताल"),
    },
    (
        "के में है की से को का और पर ने यह हैं कि एक नहीं भी हो था तो इस कर वह लिए या जो थे "
        "बाद तक साथ अपने कुछ थी गया बहुत जब ही फिर सब हम आप वे उस नदी पत्थर नाव सभा रात पुल "
        "यंत्र पानी दीपक काग़ज़ खिड़की बगीचा चिट्ठी सर्दी बंदरगाह बाज़ार किसान स्टेशन रसोई कप्तान "
        "पहाड़ गाँव रेलगाड़ी शिक्षक सुबह शाम मौसम द्वीप यात्रा चित्रकार सिपाही जंगल क़िला ताँबा "
        "पीपा चिमनी सड़क दरवाज़ा मेज़ कुर्सी रोटी मछली चिड़िया पेड़ लिखना पढ़ना जाना खड़ा खोलना "
        "रुकना उठाना पाना सुनना छोटा बड़ा पुराना नया तेज़ धीमा उजला अँधेरा गरम ठंडा"
    ),
    end="।",
)

_KOREAN = Script(
    (
        "마을의 작은 도서관이 어제 다시 문을 열었습니다. 아침 일찍부터 아이들이 입구에 줄을 섰고, "
        "관장은 "
        "강 쪽으로 창문이 난 새 열람실을 한 사람씩 안내했습니다.",
        "올봄에는 비가 적게 내려서 마을 사람들은 산 아래 저수지에서 논까지 물을 끌어왔습니다. "
        "낮에는 "
        "물길을 고치고 밤에는 번갈아 가며 수문을 지킵니다.",
        "역 앞 식당에는 식탁이 여섯 개뿐이지만 매일의 차림표는 칠판에 손으로 적혀 있습니다. "
        "주인은 단골의 "
        "입맛을 모두 기억하고 있어서 주문을 틀린 적이 없습니다.",
        "새 버스 노선은 다음 달부터 시험 운행을 시작합니다. 첫차는 아침 5시 30분에 떠나고 막차는 "
        "밤 11시에 "
        "끝납니다. 첫 주 동안은 누구나 무료로 탈 수 있습니다.",
    ),
    {
        "syllables come apart into letters": (
            0,
            "도서관이",
            "\u1103\u1169\u1109\u1165\u1100\u116a\u11ab\u110b\u1175",
        ),
        "full width": (3, "11시", "１１시"),
        "a line is wrapped": (1, "마을 사람들은 산", "마을 사람들은\n산"),
    },
    {
        "a particle is another": (0, "도서관이", "도서관은"),
        "words are written together": (0, "한 사람씩", "한사람씩"),
        "a word is inserted": (1, "비가 적게", "비가 아주 적게"),
        "a word is removed": (2, "매일의 차림표는", "차림표는"),
        "the ending is less formal": (0, "열었습니다", "열었어요"),
    },
    {
        "a number is another": (3, "11시에", "10시에"),
        "a number word is another": (2, "여섯 개뿐", "아홉 개뿐"),
        "a noun is another": (2, "식탁이", "창문이"),
    },
    (
        "그 이 저 것은 수 있는 없는 하고 그리고 그러나 또는 때문에 위해 함께 모두 다시 아주 "
        "매우 조금 먼저 나중에 지금 여기 거기 우리 그들 어느 강은 돌이 배가 의회는 밤에 다리를 "
        "기계가 "
        "물을 등불이 종이를 창문이 정원에 편지를 겨울에 항구에서 시장에 농부가 역에서 부엌에 "
        "선장이 "
        "산을 마을에 기차가 선생님이 아침에 저녁에 날씨가 섬에서 여행을 화가가 군인이 숲에서 성을 "
        "구리로 통에 굴뚝에서 거리에 문을 식탁에 의자를 빵을 물고기가 새가 나무를 씁니다 읽습니다 "
        "갑니다 섰습니다 열었습니다 닫았습니다 기다립니다 나릅니다 찾았습니다 들었습니다 작은 큰 "
        "오래된 새로운 빠른 느린 밝은 어두운 따뜻한 추운 지친 기쁜"
    ),
)

_CHINESE = Script(
    (
        "镇上的老图书馆昨天重新开放了，很多孩子一大早就在门口排队。馆长说，新的阅览室"
        "比以前大了一倍，窗户朝着"
        "河边，下午的阳光可以一直照到书架上。",
        "今年春天雨水很少，村里的农民把水从山脚的水库引到田里。他们白天修水渠，晚上轮"
        "流看守水闸，希望秋天还能有"
        "好收成。",
        "这家小饭馆只有六张桌子，每天的菜单都写在黑板上。老板娘记得每位常客的口味，谁"
        "不吃辣、谁要多放醋，她从来"
        "不会弄错。",
        "地铁新线下个月开始试运行，首班车早上5点30分发车，末班车晚上11点结束。市民可以"
        "先在网上预约，免费体验一个"
        "星期。",
    ),
    {
        "half-width punctuation": (0, "开放了，很多", "开放了,很多"),
        "full-width digits": (3, "5点30分", "５点３０分"),
        "spaces around digits": (3, "晚上11点", "晚上 11 点"),
        "a line is wrapped": (1, "山脚的水库引到", "山脚的水库\n引到"),
        "a variation selector": (2, "饭馆", "饭\ufe00馆"),
        "an ideograph for compatibility": (2, "六张", "\uf9d1张"),
    },
    {
        "a particle is left out": (0, "重新开放了", "重新开放"),
        "a particle is added": (1, "把水从山脚", "把水从了山脚"),
        "words are inserted": (2, "每天的菜单", "每天中午的菜单"),
        "words are removed": (1, "希望秋天还能有", "希望秋天能有"),
        "a sentence is added": (3, "一个星期。", "一个星期。欢迎乘坐。"),
    },
    {
        "a number is another": (3, "晚上11点", "晚上10点"),
        "a numeral is another": (2, "六张桌子", "九张桌子"),
        "a noun is another": (0, "图书馆昨天", "电影院昨天"),
    },
    (
        "的 了 是 在 和 与 也 都 就 不 我们 他们 这个 那个 一个 可以 已经 因为 所以 但是 如果 还有 "
        "没有 什么 怎么 现在 以后 以前 时候 地方 河流 石头 渡船 议会 夜晚 桥梁 机器 水库 灯光 纸张 "
        "窗户 花园 信件 冬天 港口 市场 农民 车站 厨房 船长 山脚 村庄 铁路 老师 早晨 傍晚 天气 岛屿 "
        "旅行 画家 士兵 森林 城堡 铜器 木桶 烟囱 街道 大门 桌子 椅子 面包 鱼 鸟 树 写字 读书 走路 "
        "站立 打开 关闭 等待 搬运 找到 听见 小 大 旧 新 快速 缓慢 明亮 黑暗 温暖 寒冷 疲倦 高兴 "
        "东边 西边 南方 北方 左右 上下 孩子 邻居 客人 朋友 消息 问题 办法 工作 生活 历史 音乐"
    ),
    joint="",
    end="。",
)

_JAPANESE = Script(
    (
        "町の小さな図書館が昨日から再び開いた。朝早くから子どもたちが入口に並び、館長"
        "は新しい閲覧室を一人ずつ案内"
        "した。窓は川に面していて、午後には本棚の奥まで日が差し込む。",
        "今年の春は雨が少なかったので、村の人々は山のふもとの池から田んぼまで水を引い"
        "た。昼は水路を直し、夜は交代で"
        "水門を見張っている。",
        "駅前の食堂には机が六つしかないが、毎日の献立は黒板に手で書いてある。おかみさ"
        "んは常連の好みをすべて覚えて"
        "いて、注文を間違えたことがない。",
        "バスの新しい路線は来月から試験運転を始める。始発は朝の5時30分で、終バスは夜の1"
        "1時になる。最初の一週間は"
        "だれでも無料で乗ることができる。",
    ),
    {
        "half-width kana": (3, "バスの新しい", "ﾊﾞｽの新しい"),
        "voicing marks come apart": (0, "図書館が", "図書館か\u3099"),
        "full-width digits": (3, "5時30分", "５時３０分"),
        "other punctuation": (0, "並び、館長", "並び，館長"),
        "a line is wrapped": (1, "池から田んぼ", "池から\n田んぼ"),
        "a space is put in": (2, "駅前の食堂には", "駅前の　食堂には"),
    },
    {
        "a particle is another": (0, "図書館が", "図書館は"),
        "the ending is polite": (0, "案内した。", "案内しました。"),
        "words are inserted": (1, "雨が少なかった", "雨がとても少なかった"),
        "words are removed": (2, "好みをすべて覚えて", "好みを覚えて"),
        "a word is written in kana": (1, "村の人々", "村の人びと"),
    },
    {
        "a number is another": (3, "夜の11時", "夜の10時"),
        "a numeral is another": (2, "机が六つ", "机が九つ"),
        "a noun is another": (0, "図書館が", "美術館が"),
    },
    (
        "の に は を が と で も から まで より へ や など この その あの これ それ ここ そこ "
        "です ます でした ました ている ていた ない なかった そして しかし また とても すべて まだ "
        "川 石 渡し船 議会 夜 橋 機械 水 明かり 紙 窓 庭 手紙 冬 港 市場 農家 駅 台所 船長 山 村 "
        "鉄道 先生 朝 夕方 天気 島 旅 画家 兵士 森 城 銅 たる 煙突 通り 門 机 いす パン 魚 鳥 木 "
        "書く 読む 行く 立つ 開ける 閉める 待つ 運ぶ 見つける 聞く 小さな 大きな 古い 新しい 速い "
        "遅い 明るい 暗い 暖かい 寒い 疲れた うれしい バス カメラ ホテル ニュース テーブル"
    ),
    joint="",
    end="。",
)

_THAI = Script(
    (
        "ห้องสมุดเล็ก ๆ ริมแม่น้ำเปิดอีกครั้งเมื่อวานนี้ เด็ก ๆ มายืนต่อแถวหน้าประตูตั้งแต่เช้า และบรรณารักษ์พาทุกคน"
        "เดินชมห้องอ่านหนังสือใหม่ หน้าต่างหันไปทางแม่น้ำ ตอนบ่ายแสงแดดจึงส่องถึงชั้นหนังสือ",
        "ปีนี้ฝนตกน้อยกว่าทุกปี ชาวบ้านจึงต้องสูบน้ำจากอ่างเก็บน้ำที่เชิงเขามาใส่นาข้าว กลางวันพวกเขาช่วยกันซ่อมคลอง "
        "กลางคืนผลัดกันเฝ้าประตูน้ำ",
        "ร้านอาหารหน้าสถานีมีโต๊ะเพียงหกตัว แต่รายการอาหารของแต่ละวันเขียนด้วยมือบนกระดานดำ เจ้าของร้านจำรสที่ลูกค้า"
        "ประจำชอบได้ทุกคน และไม่เคยจดผิดเลย",
        "รถเมล์สายใหม่จะเริ่มทดลองวิ่งในเดือนหน้า เที่ยวแรกออกเวลา 5.30 น. และเที่ยวสุดท้ายออกเวลา 23.00 น. "
        "ในสัปดาห์แรกทุกคนขึ้นได้โดยไม่เสียค่าโดยสาร",
    ),
    {
        "zero-width spaces between words": (0, "หน้าต่างหันไป", "หน้าต่าง\u200bหัน\u200bไป"),
        "the am comes apart": (1, "สูบน้ำ", "สูบน้\u0e4d\u0e32"),
        "a space is left out": (1, "ซ่อมคลอง กลางคืน", "ซ่อมคลองกลางคืน"),
        "a line is wrapped": (3, "ในสัปดาห์แรก", "\nในสัปดาห์แรก"),
    },
    {
        "a word is inserted": (1, "ฝนตกน้อย", "ฝนตกลงมาน้อย"),
        "a word is removed": (2, "จดผิดเลย", "จดผิด"),
        "a polite ending": (3, "ค่าโดยสาร", "ค่าโดยสารครับ"),
        "a tone mark is forgotten": (2, "โต๊ะ", "โตะ"),
    },
    {
        "a number is another": (3, "23.00", "22.00"),
    },
    (
        "ที่ และ ใน ของ เป็น มี ได้ ไม่ จะ ให้ ว่า ไป มา กับ ก็ แต่ นี้ นั้น จาก โดย เมื่อ ถึง "
        "หรือ แล้ว กัน อยู่ ต้อง ยัง ทุก อีก เพราะ แม่น้ำ ก้อนหิน เรือ สภา กลางคืน สะพาน เครื่อง "
        "น้ำ ตะเกียง กระดาษ หน้าต่าง สวน จดหมาย ฤดูหนาว ท่าเรือ ตลาด ชาวนา สถานี ครัว กัปตัน ภูเขา "
        "หมู่บ้าน รถไฟ ครู เช้า เย็น อากาศ เกาะ เดินทาง ช่างเขียน ทหาร ป่า ปราสาท ทองแดง ถัง "
        "ปล่องไฟ ถนน ประตู โต๊ะ เก้าอี้ ขนมปัง ปลา นก ต้นไม้ เขียน อ่าน ยืน เปิด ปิด รอ แบก หา "
        "ฟัง เล็ก ใหญ่ เก่า ใหม่ เร็ว ช้า สว่าง มืด อบอุ่น หนาว เหนื่อย ดีใจ เมือง ทะเล ท้องฟ้า"
    ),
    joint="",
    end=" ",
)

#: The scripts by name; English is the one that the others are measured by.
SCRIPTS = MappingProxyType(
    {
        "English": _ENGLISH,
        "German": _GERMAN,
        "Turkish": _TURKISH,
        "Vietnamese": _VIETNAMESE,
        "Greek": _GREEK,
        "Russian": _RUSSIAN,
        "Ukrainian": _UKRAINIAN,
        "Arabic": _ARABIC,
        "Persian": _PERSIAN,
        "Hebrew": _HEBREW,
        "Hindi": _HINDI,
        "Korean": _KOREAN,
        "Chinese": _CHINESE,
        "Japanese": _JAPANESE,
        "Thai": _THAI,
    }
)
