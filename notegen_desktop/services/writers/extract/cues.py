"""Turns of phrase that give a sentence its part: advice, a definition, a warning, a greeting.

One pattern for each part and language, searched in lower-case text. A part without a pattern in a
language is simply not recognised there, and the engine falls back on relevance.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache


class Part(StrEnum):
    """What a sentence does in a talk."""

    AIM = "aim"
    KEY = "key"
    CLOSING = "closing"
    DEFINITION = "definition"
    USE = "use"
    NEED = "need"
    ACTION = "action"
    ADVICE = "advice"
    TROUBLE = "trouble"
    CHECK = "check"
    METHOD = "method"
    FINDING = "finding"
    ARGUMENT = "argument"
    SMALL_TALK = "small talk"


_PATTERNS: dict[Part, dict[str, str]] = {
    Part.AIM: {
        "en": r"you(?:'ll| will| are going to|'re going to) (?:learn|see|understand|be able)|"
        r"(?:we're|we are|i'm|i am) going to (?:\w+ )?(?:talk|learn|look|show|discuss|cover|see|focus|"
        r"explore|review)|(?:today|in this (?:video|lecture|talk|course|lesson)),? (?:we|i|you)|"
        r"(?:the|our|my) (?:goal|aim|purpose|objective|mission|question) (?:is|of)|"
        r"(?:i|we)(?:'d| would) like to (?:\w+ )?(?:talk|show|explain|review|look)|"
        r"i want to (?:talk|show|explain|review|share|start)|we(?:'ll| will) (?:talk|look|see|learn)|"
        r"let's (?:talk about|look at|see how)|is (?:all )?about|learn(?:ing|ed)? (?:how )?to",
        "de": r"wir werden|werden wir|ziel (?:ist|dieser)|heute (?:geht|sehen|lernen|zeige)|lernen|"
        r"möchte ich (?:ihnen |euch )?(?:zeigen|erklären)|es geht (?:heute )?um",
        "es": r"vamos a|objetivo|propósito|aprender|hoy (?:vamos|veremos|hablaremos)|quiero (?:mostrar|"
        r"hablar|revisar|explicar)|veremos|hablaremos|se trata de|misión|visión",
        "fr": r"nous allons|on va (?:voir|parler)|objectif|aujourd'hui|apprendre|il s'agit de|but",
        "pt": r"vamos|objetivo|aprender|hoje|veremos",
        "it": r"vedremo|obiettivo|impara|oggi|parleremo|si tratta di",
        "ru": r"сегодня|цель|научи|узна|мы рассмотрим|поговорим",
        "zh": r"目标|目的|今天|我们将|我们要|学习|要点是|本节|这次课|打算|接下来",
        "ja": r"目的|目標|今日は|学び|学ぶ|見ていき|説明します|について話",
        "ar": r"سوف|اليوم|هدف|نتعلم|سنتحدث|سنرى",
    },
    Part.KEY: {
        "en": r"the (?:key|main|whole|important|crucial|essential|real) (?:\w+ )?(?:point|thing|idea|"
        r"question|issue|reason|insight|concept)|that means|which means|in other words|the (?:idea|"
        r"point|reason|essence|trick|problem|secret|difference) (?:is|of|here)|important|crucial|"
        r"essential|fundamental|most of all|remember that|above all|it turns out|because|therefore|"
        r"the whole point|what matters|notice that",
        "de": r"wichtig|entscheidend|das heißt|bedeutet|der punkt|vor allem|deshalb|weil|nämlich|"
        r"grundsätzlich|das problem|der grund",
        "es": r"importante|clave|es decir|significa|lo principal|sobre todo|porque|por eso|esencial|"
        r"fundamental|la idea",
        "fr": r"important|essentiel|c'est-à-dire|cela signifie|ça veut dire|surtout|parce que|l'idée",
        "pt": r"importante|essencial|ou seja|significa|sobretudo|porque|a ideia",
        "it": r"importante|essenziale|cioè|significa|soprattutto|perché|l'idea",
        "ru": r"важн|главн|то есть|значит|поэтому|потому что|суть",
        "zh": r"重要|关键|要点|也就是说|意味着|换句话说|因为|所以|本质|核心|主要",
        "ja": r"重要|大切|つまり|要するに|ポイント|なぜなら|ということ|本質|ため",
        "ar": r"المهم|مهم|يعني|لأن|السبب|الفكرة|أساس",
    },
    Part.CLOSING: {
        "en": r"in (?:conclusion|summary|short|the end)|to (?:sum|wrap) (?:it )?up|to summarize|"
        r"to conclude|finally|overall|so what (?:we|i)(?:'ve| have)|we(?:'ve| have) (?:seen|learned|"
        r"talked|looked)|the (?:bottom line|takeaway|lesson|moral)|all (?:of )?this|in general",
        "de": r"zusammenfass|zum schluss|abschließend|fazit|insgesamt|letztlich|wir haben gesehen",
        "es": r"en (?:conclusión|resumen)|para (?:resumir|terminar|concluir)|finalmente|por último|"
        r"en general|hemos visto",
        "fr": r"en (?:conclusion|résumé|somme)|pour (?:résumer|conclure|finir)|finalement|bref",
        "pt": r"em (?:conclusão|resumo)|para (?:resumir|terminar)|finalmente|por fim",
        "it": r"in (?:conclusione|sintesi)|per (?:riassumere|concludere)|infine",
        "ru": r"в заключение|итак|подвед|в итоге|таким образом|наконец",
        "zh": r"总之|总结|最后|综上|总的来说|因此",
        "ja": r"まとめ|最後に|結論|以上|このように|したがって",
        "ar": r"في النهاية|الخلاصة|أخيرا|باختصار|في الختام",
    },
    Part.DEFINITION: {
        "en": r"\b(?:is|are|was) (?:a|an|the|what|called|basically|just|something|that)\b|called|means|"
        r"stands for|known as|refers? to|defin|consists? of|is made (?:up )?of|in other words|"
        r"what (?:we|i) (?:call|mean)|name for|kind of",
        "de": r"\bist (?:ein|eine|der|die|das)\b|heißt|nennt man|bezeichnet|bedeutet|versteht man|"
        r"besteht aus|genannt",
        "es": r"\b(?:es|son) (?:un|una|el|la|los|las|que)\b|se llama|significa|se refiere|consiste|"
        r"definid|llamad|conocid",
        "fr": r"\b(?:est|sont|c'est) (?:un|une|le|la|les|ce)\b|s'appelle|signifie|désigne|consiste|"
        r"appelé|on appelle",
        "pt": r"\b(?:é|são) (?:um|uma|o|a|os|as)\b|chama|significa|consiste|conhecid",
        "it": r"\bè (?:un|una|il|la|lo)\b|si chiama|significa|consiste|chiamat",
        "ru": r"—|это|называ|означает|состоит|определ",
        "zh": r"是一|就是|叫做|称为|称之为|指的是|意思是|定义|所谓|是由|表示|是指",
        "ja": r"とは|と呼|という|意味|定義|のことです|である|からなる",
        "ar": r"هو|هي|يسمى|تسمى|يعني|تعريف|عبارة عن",
    },
    Part.USE: {
        "en": r"for example|for instance|in practice|you can (?:use|apply|do|take|see)|(?:we|you|i) (?:can )?"
        r"use[ds]?\b|apply|applies|appl(?:ied|ication)|useful|real[- ]world|everyday|imagine|such as|"
        r"try (?:it|this|to)|exercise|case (?:of|where)|let's say|suppose|opportunit|put (?:it )?into",
        "de": r"zum beispiel|beispielsweise|in der praxis|anwend|nutz|verwend|können sie|kann man|übung",
        "es": r"por ejemplo|en la práctica|aplica|usar|utiliza|puedes?|podemos|sirve|ejercicio|caso de",
        "fr": r"par exemple|en pratique|appli|utilis|on peut|vous pouvez|exercice|sert à",
        "pt": r"por exemplo|na prática|aplic|usar|utiliz|você pode|podemos|exercício",
        "it": r"per esempio|ad esempio|in pratica|applic|usare|utilizz|si può|esercizio",
        "ru": r"например|на практике|примен|использ|можно",
        "zh": r"例如|比如|举个例子|举例|应用|使用|可以用|用来|实际|假如|假设",
        "ja": r"例えば|たとえば|実際|応用|使う|使い|使え|利用|できます|場合",
        "ar": r"مثلا|على سبيل المثال|تطبيق|استخدام|يمكن|نستخدم",
    },
    Part.NEED: {
        "en": r"you(?:'ll| will)? need|we need|need(?:s|ed)? to|have to|must|should (?:already )?(?:have|"
        r"know)|before (?:you|we|i|he|she|they)|first(?: of all)?\b|require|prerequisite|install|"
        r"make sure (?:you have|that)|assum|already|basic|ready|prepare|previous|last time|background",
        "de": r"braucht|brauchen|benötig|voraussetz|bevor|zuerst|muss|müssen|install|bereits|vorher|grundlage",
        "es": r"necesit|hay que|tener que|tiene[ns]? que|antes de|primero|requiere|requisito|instal|debe|ya",
        "fr": r"besoin|il faut|avant de|d'abord|nécessit|prérequis|install|doit|doivent|déjà",
        "pt": r"precisa|antes de|primeiro|requer|requisito|instal|deve|já",
        "it": r"bisogn|serve|prima di|prima|richied|requisit|install|deve|già",
        "ru": r"нужн|необходим|прежде|сначала|требу|установ|должн|уже",
        "zh": r"需要|必须|首先|之前|先|前提|基础|准备|安装|假定|已经|上次",
        "ja": r"必要|前に|まず|最初に|前提|準備|インストール|すでに|基礎|なければ",
        "ar": r"يجب|تحتاج|قبل|أولا|يتطلب|لازم|نحتاج",
    },
    Part.ACTION: {
        "en": r"\b(?:first|second|third|next|then|now|after that|finally|step \w+|start(?:s|ed)? (?:by|with)|"
        r"begin(?:s)? (?:by|with)|once you|let's|let us|we (?:do|take|put|make|get|write|define|add|set)|"
        r"you (?:take|put|click|open|write|add|set|do|type|press|select|choose|make|keep|say)|"
        r"(?:he|she|they|i) (?:picked|put|took|got|walked|went|sat|used|turned|started)|"
        r"what (?:we|you) do|go to|click|the way (?:you|to|we))\b|^(?:put|take|add|open|press|turn|cut|"
        r"click|select|write|make|set|place|mix|hold|keep|choose|wash|remove|install|use|type|run)\b",
        "de": r"\b(?:zuerst|zunächst|dann|danach|anschließend|als nächstes|schritt|jetzt|nun|schließlich)\b|"
        r"nehmen (?:sie|wir)|klicken|geben sie|öffnen|drücken",
        "es": r"\b(?:primero|luego|después|a continuación|entonces|ahora|paso|finalmente|vamos a)\b|"
        r"haz|haga|abre|pulsa|añad|escrib|seleccion",
        "fr": r"\b(?:d'abord|ensuite|puis|après|étape|maintenant|enfin)\b|cliqu|prenez|ouvrez|ajoutez|mettez",
        "pt": r"\b(?:primeiro|depois|em seguida|então|agora|passo|finalmente)\b|cliqu|abra|adicion",
        "it": r"\b(?:prima|poi|dopo|quindi|ora|adesso|passo|infine)\b|clicc|aprite|aggiung",
        "ru": r"сначала|затем|потом|далее|теперь|шаг|нажм|откро",
        "zh": r"首先|然后|接着|接下来|下一步|步骤|现在|第一|第二|第三|再|最后|让我们|我们把",
        "ja": r"まず|次に|それから|そして|最後に|手順|ステップ|今度|してください|しましょう",
        "ar": r"أولا|ثم|بعد ذلك|الآن|خطوة|أخيرا|اضغط|افتح",
    },
    Part.ADVICE: {
        "en": r"make sure|be sure|remember|don't forget|never|always|avoid|better|best|tip\b|trick|"
        r"recommend|suggest|should|shouldn't|ought|important to|worth|instead of|rather than|careful|"
        r"encourage|please|try to|if you want|the easiest|helpful|good idea|good practice",
        "de": r"achten|denken sie daran|nie(?:mals)?\b|immer|vermeid|besser|am besten|tipp|empfehl|sollte|"
        r"vorsicht|lieber|wichtig",
        "es": r"asegúr|recuerd|nunca|siempre|evit|mejor|consejo|truco|recomiend|debería|cuidado|"
        r"en lugar de|importante|animo|conviene",
        "fr": r"assurez|n'oubliez|jamais|toujours|évit|mieux|conseil|astuce|recommand|devriez|attention|"
        r"plutôt|il vaut mieux",
        "pt": r"certifique|lembre|nunca|sempre|evit|melhor|dica|recomend|deveria|cuidado|em vez de",
        "it": r"assicur|ricord|mai|sempre|evit|meglio|consigli|trucco|dovreste|attenzione|invece di",
        "ru": r"убедит|помните|никогда|всегда|избега|лучше|совет|рекоменд|следует|осторожн",
        "zh": r"注意|记住|不要|千万|总是|永远|避免|最好|技巧|建议|应该|小心|务必|更好",
        "ja": r"注意|覚えて|必ず|決して|避け|方がいい|ほうがいい|コツ|おすすめ|べき|気をつけ|大切",
        "ar": r"تأكد|تذكر|لا تنس|دائما|تجنب|أفضل|نصيحة|انتبه|ينبغي",
    },
    Part.TROUBLE: {
        "en": r"problem|trouble|difficult|error|wrong|fail|mistake|bug\b|issue|doesn't work|didn't work|"
        r"can't|cannot|couldn't|not work|break|broke|danger|careful|warning|unfortunately|stuck|lose|lost|"
        r"worr|concern|challenge|confus|messy|without|bad\b|terrible|hard to|if (?:it|you|he|they|the \w+) "
        r"(?:\w+ )?(?:don't|doesn't|didn't|not|isn't|aren't|can't)",
        "de": r"problem|fehler|schwierig|falsch|funktioniert nicht|geht nicht|gefahr|vorsicht|leider|"
        r"wenn .{0,40}nicht|kaputt|scheiter",
        "es": r"problema|error|difícil|dificultad|mal\b|falla|no funciona|no puede|cuidado|peligro|"
        r"desafío|lamentablemente|si no|preocup",
        "fr": r"problème|erreur|difficil|faux|échou|ne marche pas|ne fonctionne|danger|attention|si .{0,30}pas",
        "pt": r"problema|erro|difícil|errad|falh|não funciona|cuidado|perigo|se não|desafio",
        "it": r"problema|errore|difficil|sbagli|non funziona|pericol|attenzione|se non|fallis",
        "ru": r"проблем|ошибк|сложн|трудн|не работает|неправильн|опасн|если не|к сожалению",
        "zh": r"问题|错误|困难|失败|不行|不能|无法|出错|危险|小心|麻烦|如果不|糟糕|缺点|不对",
        "ja": r"問題|エラー|間違|失敗|難し|できない|できません|危険|困|トラブル|うまくいか|ないと",
        "ar": r"مشكلة|خطأ|صعب|فشل|لا يعمل|لا يمكن|خطر|إذا لم|مشاكل",
    },
    Part.CHECK: {
        "en": r"check|test|verif|make sure|you (?:should |can |will |'ll )?see (?:that|how|the)|works\b|"
        r"it worked|result|correct|right answer|good enough|prove|measure|confirm|look at|finished|done\b|"
        r"in the end|success|complete|now (?:it|we|you) (?:have|can|has)|sure enough|demonstrat|evidence",
        "de": r"prüf|test|überprüf|kontroll|ergebnis|richtig|funktioniert|fertig|sehen sie|beweis|gelung",
        "es": r"comprob|prueb|verific|resultado|correct|funciona|listo|terminad|demostr|éxito|medir",
        "fr": r"vérifi|test|contrôl|résultat|correct|fonctionne|marche|termin|preuve|réussi",
        "pt": r"verific|test|confir|resultado|corret|funciona|pronto|termin|sucesso",
        "it": r"verific|controll|prova|risultato|corrett|funziona|finit|successo",
        "ru": r"провер|тест|результат|правильн|работает|готово|убед|доказ",
        "zh": r"检查|测试|验证|结果|正确|成功|完成|证明|答案|得到|可以看到|确认",
        "ja": r"確認|テスト|検証|結果|正し|成功|完了|証明|動きま|できました|答え",
        "ar": r"تحقق|اختبار|نتيجة|صحيح|نجح|يعمل|تأكد|الجواب",
    },
    Part.METHOD: {
        "en": r"method|approach|procedure|process|technique|algorithm|how (?:to|we|you|do)|we (?:used|did|"
        r"measured|conducted|developed|built|asked|take|start)|based on|analy[sz]|survey|experiment|study|"
        r"interview|by (?:\w+ing)|way (?:to|of|that)|framework|data|consider",
        "de": r"methode|verfahren|vorgehen|ansatz|prozess|algorithmus|untersuch|analys|messen|daten|wie (?:man|wir)",
        "es": r"método|enfoque|procedimiento|proceso|técnica|algoritmo|cómo|análisis|estudio|datos|"
        r"encuesta|entrevist|basad",
        "fr": r"méthode|approche|procédure|processus|technique|algorithme|comment|analys|étude|données",
        "pt": r"método|abordagem|procedimento|processo|técnica|algoritmo|como|anális|estudo|dados",
        "it": r"metodo|approccio|procedura|processo|tecnica|algoritmo|come|analisi|studio|dati",
        "ru": r"метод|подход|процедур|процесс|алгоритм|как |анализ|исследов|данны",
        "zh": r"方法|过程|步骤|算法|如何|怎么|分析|研究|实验|数据|技术|方式",
        "ja": r"方法|手法|過程|手順|アルゴリズム|どのように|分析|研究|実験|データ|やり方",
        "ar": r"طريقة|منهج|عملية|خوارزمية|كيف|تحليل|دراسة|بيانات",
    },
    Part.FINDING: {
        "en": r"found|find that|shows?\b|showed|result|turns? out|discover|evidence|conclu|therefore|"
        r"we (?:see|know|saw|learned|have)|\d+ ?(?:%|percent)|increase|decrease|growth|means that|more than|"
        r"less than|held|because|in fact|the answer",
        "de": r"ergab|ergebnis|zeigt|gefunden|herausgefunden|beweis|deshalb|prozent|mehr als|tatsächlich",
        "es": r"encontr|muestra|resultado|descubr|evidencia|por lo tanto|por ciento|aument|más de|de hecho",
        "fr": r"trouvé|montre|résultat|découv|preuve|donc|pour cent|augment|plus de|en fait",
        "pt": r"encontr|mostra|resultado|descobr|evidência|portanto|por cento|aument|mais de",
        "it": r"trovat|mostra|risultat|scopert|prova|quindi|per cento|aument|più di|infatti",
        "ru": r"обнаруж|показ|результат|доказ|следовательно|процент|увелич|больше чем",
        "zh": r"发现|表明|显示|结果|证明|因此|结论|百分之|增加|事实上|答案",
        "ja": r"分かり|わかり|示し|結果|発見|証明|したがって|パーセント|増え|実は",
        "ar": r"وجد|يظهر|نتيجة|اكتشف|دليل|لذلك|بالمئة|زيادة|في الواقع",
    },
    Part.ARGUMENT: {
        "en": r"however|but\b|although|on the other hand|question|argu|whether|limit|future|still\b|yet\b|"
        r"why\b|depend|unless|might|perhaps|disagree|concern|the trouble|open (?:question|problem)|rather|"
        r"instead|doesn't|not (?:clear|known|enough)|what if|debate|difference",
        "de": r"jedoch|aber|allerdings|obwohl|andererseits|frage|ob\b|grenze|zukunft|warum|vielleicht|unterschied",
        "es": r"sin embargo|pero|aunque|por otro lado|pregunta|límite|futuro|por qué|quizá|diferencia|todavía",
        "fr": r"cependant|mais|bien que|d'autre part|question|limite|futur|pourquoi|peut-être|différence",
        "pt": r"no entanto|mas|embora|por outro lado|pergunta|limite|futuro|por que|talvez|diferença",
        "it": r"tuttavia|ma\b|sebbene|d'altra parte|domanda|limite|futuro|perché|forse|differenza",
        "ru": r"однако|но\b|хотя|с другой стороны|вопрос|предел|будущ|почему|возможно|разниц",
        "zh": r"但是|然而|不过|虽然|另一方面|问题|限制|未来|为什么|也许|区别|可能|讨论",
        "ja": r"しかし|けれど|ただし|一方|問題|限界|将来|なぜ|かもしれ|違い|議論",
        "ar": r"لكن|ولكن|رغم|من ناحية أخرى|سؤال|حدود|مستقبل|لماذا|ربما|الفرق",
    },
    Part.SMALL_TALK: {
        "en": r"welcome (?:to|back|everyone)|thank(?:s| you)|good (?:morning|afternoon|evening)|"
        r"hello (?:everyone|everybody|there|and)|hi (?:everyone|there|i'm|my)|subscribe|like button|can you hear|"
        r"round of applause|take a break|see you|bye\b|my name is|may it please|i'm sorry|excuse me|"
        r"any questions|questions\?$|next slide|all right so|you're welcome|nice to|i yield|you know what i mean|"
        r"let me just|give (?:it|them|him|her) up|lunch break|counsel\b|good to see|yes, (?:sir|ma'am|your honor)",
        "de": r"willkommen|vielen dank|danke|guten (?:morgen|tag|abend)|hallo|abonnier|tschüss|mein name ist",
        "es": r"bienvenid|gracias|buenos días|buenas (?:tardes|noches)|hola|suscrib|aplauso|me llamo|adiós|"
        r"pueden oírme",
        "fr": r"bienvenue|merci|bonjour|bonsoir|salut|abonn|applaud|je m'appelle|au revoir",
        "pt": r"bem-vind|obrigad|bom dia|boa (?:tarde|noite)|olá|inscrev|meu nome",
        "it": r"benvenut|grazie|buongiorno|buonasera|ciao|iscriv|mi chiamo|arrivederci",
        "ru": r"добро пожаловать|спасибо|здравствуй|привет|подпис|меня зовут|до свидания",
        "zh": r"欢迎|谢谢|大家好|你好|早上好|下午好|订阅|再见|休息一下|有什么问题|有问题吗|掌声",
        "ja": r"ようこそ|ありがとう|こんにちは|おはよう|こんばんは|皆さん|チャンネル登録|休憩|さようなら|質問は",
        "ar": r"مرحبا|شكرا|أهلا|السلام عليكم|صباح الخير|اشترك|مع السلامة|اسمي",
    },
}


@cache
def _pattern(part: Part, code: str) -> re.Pattern[str] | None:
    source = _PATTERNS[part].get(code)
    if source is None:
        return None
    open_ended = code in ("zh", "ja", "ar", "ru", "de")  # these inflect or have no word borders
    return re.compile(source if open_ended else rf"(?<!\w)(?:{source})")


def hits(part: Part, code: str, text: str) -> int:
    """How many turns of phrase of a part a text has, at most three."""
    pattern = _pattern(part, code)
    if pattern is None:
        return 0
    found = 0
    for _ in pattern.finditer(text.lower().replace("’", "'")):
        found += 1
        if found == 3:
            break
    return found


def knows(part: Part, code: str) -> bool:
    """Whether a part can be recognised in a language at all."""
    return code in _PATTERNS[part]
