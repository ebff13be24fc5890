"""Pairs of texts written for this project, with the right answer: variant, copy, or known limit.

Knows: the texts and the answers. Does not know: how a pair is judged.
"""

from __future__ import annotations

VARIANTS = {
    "a version is another": (
        "Verify that each member of the cluster becomes healthy again with the new 3.4 binary.",
        "Verify that each member of the cluster becomes healthy again with the new 3.5 binary.",
    ),
    "a patch release is added to a version": (
        "Download release 2.7 from the mirror, check its sum and unpack it into the home folder.",
        "Download release 2.7.1 from the mirror, check its sum and unpack it into the home folder.",
    ),
    "a year is another": (
        "The annual report for 2021 was approved by the members at the general meeting in spring.",
        "The annual report for 2022 was approved by the members at the general meeting in spring.",
    ),
    "a date is another": (
        "The library will be closed on 12 March 2024 because the lifts are being repaired that "
        "day.",
        "The library will be closed on 19 April 2024 because the lifts are being repaired that "
        "day.",
    ),
    "a time of day is another": (
        "Doors open at 18:30, the concert itself begins an hour later in the large hall upstairs.",
        "Doors open at 19:00, the concert itself begins an hour later in the large hall upstairs.",
    ),
    "an amount is another": (
        "The council voted on Tuesday to spend 3,000 pounds on new benches for the riverside park.",
        "The council voted on Tuesday to spend 30,000 pounds on new benches for the riverside "
        "park.",
    ),
    "a decimal point is no thousands mark": (
        "Heat the mixture slowly to about 3.4 degrees above the room before adding the second "
        "half.",
        "Heat the mixture slowly to about 34 degrees above the room before adding the second half.",
    ),
    "a unit is another": (
        "From the car park it is a walk of 5 km along the stream to the upper hut, open all "
        "summer.",
        "From the car park it is a walk of 5 mi along the stream to the upper hut, open all "
        "summer.",
    ),
    "a unit written to its number is another": (
        "Every upload is limited to 20MB for each file; larger files have to be split by the "
        "sender.",
        "Every upload is limited to 20GB for each file; larger files have to be split by the "
        "sender.",
    ),
    "a currency is another": (
        "Tickets at the door cost twelve euros for adults, children up to ten years come in free.",
        "Tickets at the door cost twelve pounds for adults, children up to ten years come in free.",
    ),
    "a number word is another": (
        "The committee consists of seven members who are elected by the assembly for two years.",
        "The committee consists of eleven members who are elected by the assembly for two years.",
    ),
    "a town is another": (
        "The train to Leeds leaves from the last platform ten minutes after the connecting bus.",
        "The train to Carlisle leaves from the last platform ten minutes after the connecting bus.",
    ),
    "a person is another": (
        "The motion was brought by Maria Keller and carried without debate late in the evening.",
        "The motion was brought by Anton Wolff and carried without debate late in the evening.",
    ),
    "a month is another": (
        "Applications for the summer course can be handed in at the office until the end of June.",
        "Applications for the summer course can be handed in at the office until the end of March.",
    ),
    "a month one letter apart is another": (
        "Applications for the summer course can be handed in at the office until the end of June.",
        "Applications for the summer course can be handed in at the office until the end of July.",
    ),
    "a weekday is another": (
        "The market on the square takes place every Monday from seven in the morning until noon.",
        "The market on the square takes place every Sunday from seven in the morning until noon.",
    ),
    "a country that looks alike is another": (
        "Parcels to Austria take four to six working days and are insured up to their full value.",
        "Parcels to Australia take four to six working days and are insured up to their full "
        "value.",
    ),
    "a company is another throughout": (
        "Log in to your Birchmail account. If Birchmail asks for a code, open Birchmail on the "
        "phone.",
        "Log in to your Oakpost account. If Oakpost asks for a code, open Oakpost on the phone.",
    ),
    "a method is another": (
        "The Get method returns the first matching resource, or nothing at all if there is none.",
        "The Match method returns the first matching resource, or nothing at all if there is none.",
    ),
    "an identifier in backticks is another": (
        "Set `maxRetries` in the configuration file to tell the client how patient it should be.",
        "Set `maxDelay` in the configuration file to tell the client how patient it should be.",
    ),
    "an identifier grows by a word": (
        "To look up the files of a page use the `resources.Match` function described further "
        "below.",
        "To look up the files of a page use the `resources.GetMatch` function described "
        "further below.",
    ),
    "a snake-case name is another": (
        "The gauge server_queue_length is exported once a second and reset whenever it is read.",
        "The gauge server_heap_bytes is exported once a second and reset whenever it is read.",
    ),
    "a flag is another": (
        "Start the tool with --verbose=1 to see in the log what it did with each of the folders.",
        "Start the tool with --quiet=1 to see in the log what it did with each of the folders.",
    ),
    "a file is another": (
        "Create a file named build.sh in the top folder of the project and make it executable.",
        "Create a file named deploy.yaml in the top folder of the project and make it executable.",
    ),
    "a URL has another host": (
        "The full text is kept at https://archive.example.org/papers/ and may be copied freely.",
        "The full text is kept at https://mirror.example.net/papers/ and may be copied freely.",
    ),
    "a plain noun is another": (
        "The weight of a language decides where it stands in the list when the menu is drawn.",
        "The weight of a section decides where it stands in the list when the menu is drawn.",
    ),
    "the same noun is replaced everywhere": (
        "Each client has a queue. When the client is idle the queue of that client is emptied.",
        "Each printer has a queue. When the printer is idle the queue of that printer is emptied.",
    ),
    "upgrade becomes downgrade": (
        "Before upgrading the cluster, make a backup. Every member must be upgraded in one night.",
        "Before downgrading the cluster, make a backup. Every member must be downgraded in one "
        "night.",
    ),
    "encode becomes decode": (
        "These functions encode a value for the wire and raise an error if its type is unknown.",
        "These functions decode a value for the wire and raise an error if its type is unknown.",
    ),
    "a colour is another": (
        "Garden chair of oiled oak with a red cushion, folds flat, bears up to a hundred kilos.",
        "Garden chair of oiled oak with a green cushion, folds flat, bears up to a hundred kilos.",
    ),
    "an ingredient is another": (
        "Melt the butter in a wide pan, add the onions and let them turn golden on a low flame.",
        "Melt the butter in a wide pan, add the leeks and let them turn golden on a low flame.",
    ),
    "a sentence is negated": (
        "Compression of the stored pages is supported on all of the platforms we build for.",
        "Compression of the stored pages is not supported on all of the platforms we build for.",
    ),
    "a contraction negates": (
        "This setting does change how the older entries in the table are written to the disk.",
        "This setting doesn't change how the older entries in the table are written to the disk.",
    ),
    "a duty takes the place of a permission": (
        "The tenant may give notice in writing at the end of each quarter of the calendar year.",
        "The tenant must give notice in writing at the end of each quarter of the calendar year.",
    ),
    "a party to a contract is another": (
        "The buyer bears all costs of transport and insurance up to the place of final delivery.",
        "The seller bears all costs of transport and insurance up to the place of final delivery.",
    ),
    "a paragraph of the law is another": (
        "The fee under section 14 falls due on the day on which the permit is served on the owner.",
        "The fee under section 22 falls due on the day on which the permit is served on the owner.",
    ),
    "one fact is replaced beside an added clause": (
        "Version 4.1 stores its index in one file and reads it in whole when the program starts.",
        "Version 4.2 stores its index in one file and, if there is room, reads it in whole "
        "when the "
        "program starts.",
    ),
    "one fact is replaced beside a spelling": (
        "In release 12 the colour of the border is taken from the theme unless it is set by hand.",
        "In release 13 the color of the border is taken from the theme unless it is set by hand.",
    ),
    "an item of the law is another": (
        "The notice under item (a) must be sent by post and reach the owner within the month.",
        "The notice under item (b) must be sent by post and reach the owner within the month.",
    ),
    "a minimum becomes a maximum": (
        "The minimum number of workers is read from the settings when the service is started.",
        "The maximum number of workers is read from the settings when the service is started.",
    ),
    "the morning becomes the afternoon": (
        "The office opens at 10 am on working days and stays closed on all public holidays.",
        "The office opens at 10 pm on working days and stays closed on all public holidays.",
    ),
    "a fraction in a recipe is another": (
        "Stir in ½ cup of sugar and the grated peel, then leave the dough to rest overnight.",
        "Stir in ¾ cup of sugar and the grated peel, then leave the dough to rest overnight.",
    ),
    "a size in a shop is another": (
        "Rain coat, size M, with a hood that rolls into the collar and two pockets that close.",
        "Rain coat, size L, with a hood that rolls into the collar and two pockets that close.",
    ),
    "a phone number is another": (
        "Call us on 0131 496 0125 on any working day, or leave a message and we will call back.",
        "Call us on 0131 496 0788 on any working day, or leave a message and we will call back.",
    ),
    "two words name another city": (
        "The museum in New York shows the paintings until the end of the year, free for children.",
        "The museum in Boston shows the paintings until the end of the year, free for children.",
    ),
    "German: another town": (
        "Der Zug nach Hamburg fährt heute von Gleis sieben ab und hält an allen Bahnhöfen der "
        "Strecke.",
        "Der Zug nach Dresden fährt heute von Gleis sieben ab und hält an allen Bahnhöfen der "
        "Strecke.",
    ),
    "German: another noun": (
        "Den Antrag muss der Mieter schriftlich stellen und dabei die Gründe im Einzelnen nennen.",
        "Den Antrag muss der Vermieter schriftlich stellen und dabei die Gründe im Einzelnen "
        "nennen.",
    ),
    "German: negated": (
        "Die Änderung der Satzung ist nach dem Beschluss der Versammlung wirksam geworden.",
        "Die Änderung der Satzung ist nach dem Beschluss der Versammlung nicht wirksam geworden.",
    ),
    "French: another city": (
        "Le train de nuit pour Toulouse partira ce soir avec une heure de retard environ.",
        "Le train de nuit pour Grenoble partira ce soir avec une heure de retard environ.",
    ),
    "French: another amount": (
        "La cotisation annuelle est fixée à 45 euros et doit être versée avant la fin du mois.",
        "La cotisation annuelle est fixée à 60 euros et doit être versée avant la fin du mois.",
    ),
    "Spanish: another name": (
        "La obra fue escrita por Elena Robles durante el invierno que pasó en la costa.",
        "La obra fue escrita por Tomás Ibarra durante el invierno que pasó en la costa.",
    ),
    "Russian: another city": (
        "Поезд из Казани прибывает на вторую платформу через двадцать минут после автобуса.",
        "Поезд из Самары прибывает на вторую платформу через двадцать минут после автобуса.",
    ),
    "Russian: another year": (
        "Отчёт за 2019 год был утверждён общим собранием членов товарищества в начале весны.",
        "Отчёт за 2020 год был утверждён общим собранием членов товарищества в начале весны.",
    ),
    "Greek: another number": (
        "Η βιβλιοθήκη θα μείνει κλειστή στις 12 του μήνα επειδή επισκευάζεται ο ανελκυστήρας.",
        "Η βιβλιοθήκη θα μείνει κλειστή στις 18 του μήνα επειδή επισκευάζεται ο ανελκυστήρας.",
    ),
    "Chinese: another city": (
        "从北京出发的列车将于明天上午到达,请乘客提前在车站等候并准备好车票。",
        "从上海出发的列车将于明天上午到达,请乘客提前在车站等候并准备好车票。",
    ),
    "Chinese: another numeral": (
        "委员会由七名成员组成,任期三年,由全体会议选举产生,可以连选连任。",
        "委员会由九名成员组成,任期三年,由全体会议选举产生,可以连选连任。",
    ),
    "Chinese: negated": (
        "该功能支持在所有平台上使用,用户可以在设置页面中打开或者关闭它。",
        "该功能不支持在所有平台上使用,用户可以在设置页面中打开或者关闭它。",
    ),
    "Japanese: another place": (
        "大阪行きの列車は三番線から出発します。乗り換えの方は階段をご利用ください。",
        "京都行きの列車は三番線から出発します。乗り換えの方は階段をご利用ください。",
    ),
    "Arabic: another city": (
        "يصل القطار القادم من دمشق إلى الرصيف الثاني بعد عشرين دقيقة من وصول الحافلة.",
        "يصل القطار القادم من بغداد إلى الرصيف الثاني بعد عشرين دقيقة من وصول الحافلة.",
    ),
    "Korean: another city": (
        "부산 가는 열차는 오늘 저녁 여덟 시에 삼번 승강장에서 출발할 예정입니다",
        "광주 가는 열차는 오늘 저녁 여덟 시에 삼번 승강장에서 출발할 예정입니다",
    ),
    "Hindi: another city": (
        "दिल्ली जाने वाली गाड़ी आज शाम आठ बजे दूसरे प्लेटफ़ॉर्म से रवाना होगी",
        "मुंबई जाने वाली गाड़ी आज शाम आठ बजे दूसरे प्लेटफ़ॉर्म से रवाना होगी",
    ),
}

COPIES = {
    "a spelling of the other side of the ocean": (
        "The colour of the border is taken from the theme unless somebody has set it by hand.",
        "The color of the border is taken from the theme unless somebody has set it by hand.",
    ),
    "a spelling that recurs": (
        "The neighbour at the harbour lent us a boat, and the other neighbour gave us two oars.",
        "The neighbor at the harbor lent us a boat, and the other neighbor gave us two oars.",
    ),
    "ise for ize": (
        "We realise that not every reader recognises these signs and have organised a workshop.",
        "We realize that not every reader recognizes these signs and have organized a workshop.",
    ),
    "a typo is mended": (
        "The metrics listed here are particlarly interesting to those who run the service.",
        "The metrics listed here are particularly interesting to those who run the service.",
    ),
    "letters change places": (
        "The second paragraph explains waht happens when a member of the cluster goes away.",
        "The second paragraph explains what happens when a member of the cluster goes away.",
    ),
    "a typo in a name is mended": (
        "The survey was carried out by Kathrine Hollingworth over three summers on the coast.",
        "The survey was carried out by Katherine Hollingworth over three summers on the coast.",
    ),
    "a letter is doubled in a name": (
        "All letters to the society went through the hands of Mr Dunningham in those years.",
        "All letters to the society went through the hands of Mr Duningham in those years.",
    ),
    "an inflection: plural": (
        "Each entry in the table has a name, a size and the link through which it was found.",
        "Each entry in the tables has a name, a size and the links through which it was found.",
    ),
    "an inflection: tense": (
        "The server checks every request before it is passed on to the next one in the chain.",
        "The server checked every request before it was passed on to the next one in the chain.",
    ),
    "an adverb from its adjective": (
        "If the disk is slow the leader may be slow too, and this is an usual cause of timeouts.",
        "If the disk is slow the leader may be slowly too, and this is an usual cause of timeouts.",
    ),
    "a sentence is added": (
        "The store keeps every revision of a key. Old revisions are dropped after one hour.",
        "The store keeps every revision of a key. Old revisions are dropped after one hour. "
        "Ask first.",
    ),
    "a sentence with a number is added": (
        "The store keeps every revision of a key until it is told to drop the old ones for good.",
        "The store keeps every revision of a key until it is told to drop the old ones for good. "
        "The default is 8.",
    ),
    "a clause is removed": (
        "Walk along the stream, which is dry in summer, until you reach the old mill at its end.",
        "Walk along the stream until you reach the old mill at its end.",
    ),
    "an adverb is added": (
        "The program published the page even though this was not the behaviour we had expected.",
        "The program correctly published the page even though this was not the behaviour we had "
        "expected.",
    ),
    "an article is another": (
        "Give the new member a name and put that name in the list of the members of the cluster.",
        "Give a new member a name and put the name in the list of all members of the cluster.",
    ),
    "a pronoun is another": (
        "Before you begin, write down your address and keep the paper where you will find it.",
        "Before you begin, write down the address and keep the paper where you will find it.",
    ),
    "a preposition is another": (
        "The values are read from the file once and are kept in memory for as long as it runs.",
        "The values are read from the file once and are kept in memory for so long as it runs.",
    ),
    "a contraction is written out": (
        "If the folder doesn't exist it is created, and the files of the project are moved there.",
        "If the folder does not exist it is created, and the files of the project are moved there.",
    ),
    "is not becomes isn't": (
        "The older format is not read by this release, so convert the files before upgrading.",
        "The older format isn't read by this release, so convert the files before upgrading.",
    ),
    "cannot becomes can't": (
        "A folder that is shared cannot be moved before all of its members have agreed to it.",
        "A folder that is shared can't be moved before all of its members have agreed to it.",
    ),
    "points in an abbreviation": (
        "The report was printed in the U.S.A. and sent to the libraries of several countries.",
        "The report was printed in the USA and sent to the libraries of several countries.",
    ),
    "an ordinal": (
        "The exhibition opens on May 5th in the old town hall and stays for the whole summer.",
        "The exhibition opens on May 5 in the old town hall and stays for the whole summer.",
    ),
    "theatre and theater": (
        "The theatre stands at the centre of the old town and is grey with the smoke of years.",
        "The theater stands at the center of the old town and is gray with the smoke of years.",
    ),
    "thousands are set apart by a comma": (
        "About 3000 people came to the opening of the new bridge, more than anyone had expected.",
        "About 3,000 people came to the opening of the new bridge, more than anyone had expected.",
    ),
    "thousands are set apart by a point": (
        "Rund 12000 Menschen kamen zur Eröffnung der neuen Brücke, mehr als irgendwer erwartet "
        "hatte.",
        "Rund 12.000 Menschen kamen zur Eröffnung der neuen Brücke, mehr als irgendwer "
        "erwartet hatte.",
    ),
    "a date is turned round": (
        "The library will be closed on March 12, 2024 because the lifts are being repaired.",
        "The library will be closed on 12 March 2024 because the lifts are being repaired.",
    ),
    "a date in figures is turned round": (
        "Last changed on 2024-03-12 by the editors; see the list of changes for the earlier ones.",
        "Last changed on 12.03.2024 by the editors; see the list of changes for the earlier ones.",
    ),
    "a leading zero": (
        "The next meeting is on 05.03. at the usual place, bring the minutes of the last one.",
        "The next meeting is on 5.3. at the usual place, bring the minutes of the last one.",
    ),
    "a small number is spelt out": (
        "The committee consists of 7 members who are elected by the assembly for two years.",
        "The committee consists of seven members who are elected by the assembly for two years.",
    ),
    "a unit is set apart": (
        "Every upload is limited to 20MB for each file; larger files have to be split by the "
        "sender.",
        "Every upload is limited to 20 MB for each file; larger files have to be split by the "
        "sender.",
    ),
    "two words become one": (
        "Anyone who wants to sign up has to set up a pass word with at least a dozen characters.",
        "Anyone who wants to signup has to set up a password with at least a dozen characters.",
    ),
    "a word is moved": (
        "Usually the leader answers first, and the followers wait until it has written its log.",
        "The leader usually answers first, and the followers wait until it has written its log.",
    ),
    "quotation marks and dashes": (
        "“Nobody,” she said, “has ever come back from there” — and closed the door behind her "
        "again.",
        '"Nobody", she said, "has ever come back from there" - and closed the door behind them '
        "again.",
    ),
    "a link leads elsewhere": (
        "For details read the [guide to backups](/docs/v2/admin/backup.md) before you begin.",
        "For details read the [guide to backups](/manual/operate/snapshot.md) before you begin.",
    ),
    "a phrase is reworded": (
        "To get an idea of the size of the design it is a good thing to read the paper first.",
        "To better understand the size of the design it is a good thing to read the paper first.",
    ),
    "a number amid rewording": (
        "You want to set the timeout to some 10 times the interval between two beats of the "
        "leader, "
        "or you find that the members choose a new leader time and again with no need at all.",
        "It is good to set the timeout to some 12 times the interval between two beats of the "
        "leader, "
        "or it turns out that members choose new leaders again and again with no need at all.",
    ),
    "scanning errors": (
        "The people of the valley were the first to hear of the flood that came down in the night "
        "of May 16, and most of them had left their houses before the morning.",
        "Tho people of the valloy were the first to hear of the flood that camo down in the night "
        "of May 10, and most of thcm had left their houses before the morning.",
    ),
    "a digit read as a letter": (
        "The three men who had set out on January 18 reached the harbour only after the storm.",
        "The three men who had set out on January l8 reached the harbour only after the storm.",
    ),
    "German: old spelling": (
        "Er wußte nicht, daß der Fluß im Frühjahr so hoch steht und die Brücke gesperrt war.",
        "Er wusste nicht, dass der Fluss im Frühjahr so hoch steht und die Brücke gesperrt war.",
    ),
    "German: article and case": (
        "Die Leitung des Vereins hat den neuen Beitrag auf der letzten Sitzung beschlossen.",
        "Die Leitung eines Vereins hat den neuen Beitrag auf der letzten Sitzung beschlossen.",
    ),
    "German: inflection": (
        "Die neuen Regeln gelten für alle Mitglieder, auch wenn sie erst später eintreten.",
        "Die neue Regel gelte für alle Mitglieder, auch wenn sie erst später eintreten.",
    ),
    "French: an article": (
        "Les membres de la commission ont approuvé le rapport sur les comptes de l'année passée.",
        "Des membres de la commission ont approuvé un rapport sur les comptes de l'année passée.",
    ),
    "French: accents": (
        "La fenêtre de l'école était restée ouverte pendant toute la durée des vacances.",
        "La fenetre de l'école était restee ouverte pendant toute la durée des vacances.",
    ),
    "Spanish: plural": (
        "El libro fue impreso en la ciudad y vendido en la feria durante el mes siguiente.",
        "El libro fue impreso en la ciudad y vendido en las ferias durante el mes siguiente.",
    ),
    "Russian: case ending": (
        "Отчёт о работе товарищества был утверждён общим собранием членов в начале весны.",
        "Отчёты о работе товарищества были утверждены общим собранием членов в начале весны.",
    ),
    "Russian: an added sentence": (
        "Поезд прибывает на вторую платформу через двадцать минут после автобуса.",
        "Поезд прибывает на вторую платформу через двадцать минут после автобуса. Ждите его.",
    ),
    "Chinese: a particle": (
        "列车将于明天上午到达车站,请乘客提前等候,并准备好您的车票和证件。",
        "列车将于明天上午到达了车站,请乘客提前等候,并准备好车票和证件。",
    ),
    "Japanese: particles and endings": (
        "大阪行きの列車は三番線から出発します。乗り換えの方は階段をご利用ください。",
        "大阪行きの列車が三番線から出発する。乗り換えの方は階段をご利用ください。",
    ),
    "Korean: a particle": (
        "부산 가는 열차는 오늘 저녁 여덟 시에 삼번 승강장에서 출발할 예정입니다",
        "부산 가는 열차가 오늘 저녁 여덟 시에 삼번 승강장에서 출발할 예정입니다",
    ),
    "Arabic: an added word": (
        "يصل القطار القادم من دمشق إلى الرصيف الثاني بعد عشرين دقيقة من وصول الحافلة.",
        "يصل القطار السريع القادم من دمشق إلى الرصيف الثاني بعد عشرين دقيقة من وصول الحافلة.",
    ),
}

#: What the rules get wrong, written down: the answer a reader would give is the opposite.
LIMITS = {
    "a synonym passes for another fact": (
        "This also buys us a reliable way to learn which of the writers came first that day.",
        "This also provides us a reliable way to learn which of the writers came first that day.",
        True,
    ),
    "a fact that is only added is not seen": (
        "The pages of the group can be sorted by date, either ascending or descending, at will.",
        "The pages of the group can be sorted by expiry date, either ascending or descending, "
        "at will.",
        False,
    ),
    "words that differ by a letter pass for a typo": (
        "The employer has to sign the form and send it to the office before the month ends.",
        "The employee has to sign the form and send it to the office before the month ends.",
        False,
    ),
    "an abbreviation passes for another word": (
        "The works of Brown and Sons Ltd were moved to the other bank of the river that year.",
        "The works of Brown and Sons Limited were moved to the other bank of the river that year.",
        True,
    ),
    "number words that share their beginning pass for one word": (
        "The hall holds thirty people standing, so please be there early if you want a place.",
        "The hall holds thirteen people standing, so please be there early if you want a place.",
        False,
    ),
    "a sign is no word and isn't seen": (
        "Tickets at the door are $12 for adults; children up to the age of ten come in free.",
        "Tickets at the door are €12 for adults; children up to the age of ten come in free.",
        False,
    ),
    "a misread digit alone passes for another number": (
        "The three men who had set out on January 18 reached the harbour only after the storm.",
        "The three men who had set out on January 13 reached the harbour only after the storm.",
        True,
    ),
}
