"""Turns of phrase in other languages: one pattern for each part and language."""

from __future__ import annotations

from .parts import Part

OTHERS: dict[Part, dict[str, str]] = {
    Part.AIM: {
        "de": (
            "wir werden|werden wir|ziel (?:ist|dieser)|heute (?:geht|sehen|lernen|zeige)|"
            "lernen|möchte ich (?:ihnen |euch )?(?:zeigen|erklären)|es geht (?:heute )?um"
        ),
        "es": (
            "vamos a|objetivo|propósito|aprender|hoy (?:vamos|veremos|hablaremos)|"
            "quiero (?:mostrar|hablar|revisar|explicar)|veremos|hablaremos|se trata de|"
            "misión|visión"
        ),
        "fr": ("nous allons|on va (?:voir|parler)|objectif|aujourd'hui|apprendre|il s'agit de|but"),
        "pt": "vamos|objetivo|aprender|hoje|veremos",
        "it": "vedremo|obiettivo|impara|oggi|parleremo|si tratta di",
        "ru": "сегодня|цель|научи|узна|мы рассмотрим|поговорим",
        "zh": "目标|目的|今天|我们将|我们要|学习|要点是|本节|这次课|打算|接下来",
        "ja": "目的|目標|今日は|学び|学ぶ|見ていき|説明します|について話",
        "ar": "سوف|اليوم|هدف|نتعلم|سنتحدث|سنرى",
    },
    Part.KEY: {
        "de": (
            "wichtig|entscheidend|das heißt|bedeutet|der punkt|vor allem|deshalb|weil|"
            "nämlich|grundsätzlich|das problem|der grund"
        ),
        "es": (
            "importante|clave|es decir|significa|lo principal|sobre todo|porque|por eso|"
            "esencial|fundamental|la idea"
        ),
        "fr": (
            "important|essentiel|c'est-à-dire|cela signifie|ça veut dire|surtout|parce que|l'idée"
        ),
        "pt": "importante|essencial|ou seja|significa|sobretudo|porque|a ideia",
        "it": "importante|essenziale|cioè|significa|soprattutto|perché|l'idea",
        "ru": "важн|главн|то есть|значит|поэтому|потому что|суть",
        "zh": "重要|关键|要点|也就是说|意味着|换句话说|因为|所以|本质|核心|主要",
        "ja": "重要|大切|つまり|要するに|ポイント|なぜなら|ということ|本質|ため",
        "ar": "المهم|مهم|يعني|لأن|السبب|الفكرة|أساس",
    },
    Part.CLOSING: {
        "de": ("zusammenfass|zum schluss|abschließend|fazit|insgesamt|letztlich|wir haben gesehen"),
        "es": (
            "en (?:conclusión|resumen)|para (?:resumir|terminar|concluir)|finalmente|"
            "por último|en general|hemos visto"
        ),
        "fr": "en (?:conclusion|résumé|somme)|pour (?:résumer|conclure|finir)|finalement|bref",
        "pt": "em (?:conclusão|resumo)|para (?:resumir|terminar)|finalmente|por fim",
        "it": "in (?:conclusione|sintesi)|per (?:riassumere|concludere)|infine",
        "ru": "в заключение|итак|подвед|в итоге|таким образом|наконец",
        "zh": "总之|总结|最后|综上|总的来说|因此",
        "ja": "まとめ|最後に|結論|以上|このように|したがって",
        "ar": "في النهاية|الخلاصة|أخيرا|باختصار|في الختام",
    },
    Part.DEFINITION: {
        "de": (
            r"\bist (?:ein|eine|der|die|das)\b|heißt|nennt man|bezeichnet|bedeutet|"
            "versteht man|besteht aus|genannt"
        ),
        "es": (
            r"\b(?:es|son) (?:un|una|el|la|los|las|que)\b|se llama|significa|se refiere|"
            "consiste|definid|llamad|conocid"
        ),
        "fr": (
            r"\b(?:est|sont|c'est) (?:un|une|le|la|les|ce)\b|s'appelle|signifie|désigne|"
            "consiste|appelé|on appelle"
        ),
        "pt": r"\b(?:é|são) (?:um|uma|o|a|os|as)\b|chama|significa|consiste|conhecid",
        "it": r"\bè (?:un|una|il|la|lo)\b|si chiama|significa|consiste|chiamat",
        "ru": "—|это|называ|означает|состоит|определ",
        "zh": "是一|就是|叫做|称为|称之为|指的是|意思是|定义|所谓|是由|表示|是指",
        "ja": "とは|と呼|という|意味|定義|のことです|である|からなる",
        "ar": "هو|هي|يسمى|تسمى|يعني|تعريف|عبارة عن",
    },
    Part.USE: {
        "de": (
            "zum beispiel|beispielsweise|in der praxis|anwend|nutz|verwend|können sie|"
            "kann man|übung"
        ),
        "es": (
            "por ejemplo|en la práctica|aplica|usar|utiliza|puedes?|podemos|sirve|ejercicio|caso de"
        ),
        "fr": "par exemple|en pratique|appli|utilis|on peut|vous pouvez|exercice|sert à",
        "pt": "por exemplo|na prática|aplic|usar|utiliz|você pode|podemos|exercício",
        "it": "per esempio|ad esempio|in pratica|applic|usare|utilizz|si può|esercizio",
        "ru": "например|на практике|примен|использ|можно",
        "zh": "例如|比如|举个例子|举例|应用|使用|可以用|用来|实际|假如|假设",
        "ja": "例えば|たとえば|実際|応用|使う|使い|使え|利用|できます|場合",
        "ar": "مثلا|على سبيل المثال|تطبيق|استخدام|يمكن|نستخدم",
    },
    Part.NEED: {
        "de": (
            "braucht|brauchen|benötig|voraussetz|bevor|zuerst|muss|müssen|install|bereits|"
            "vorher|grundlage"
        ),
        "es": (
            "necesit|hay que|tener que|tiene[ns]? que|antes de|primero|requiere|requisito|"
            "instal|debe|ya"
        ),
        "fr": "besoin|il faut|avant de|d'abord|nécessit|prérequis|install|doit|doivent|déjà",
        "pt": "precisa|antes de|primeiro|requer|requisito|instal|deve|já",
        "it": "bisogn|serve|prima di|prima|richied|requisit|install|deve|già",
        "ru": "нужн|необходим|прежде|сначала|требу|установ|должн|уже",
        "zh": "需要|必须|首先|之前|先|前提|基础|准备|安装|假定|已经|上次",
        "ja": "必要|前に|まず|最初に|前提|準備|インストール|すでに|基礎|なければ",
        "ar": "يجب|تحتاج|قبل|أولا|يتطلب|لازم|نحتاج",
    },
    Part.ACTION: {
        "de": (
            r"\b(?:zuerst|zunächst|dann|danach|anschließend|als nächstes|schritt|jetzt|nun|"
            r"schließlich)\b|nehmen (?:sie|wir)|klicken|geben sie|öffnen|drücken"
        ),
        "es": (
            r"\b(?:primero|luego|después|a continuación|entonces|ahora|paso|finalmente|"
            r"vamos a)\b|haz|haga|abre|pulsa|añad|escrib|seleccion"
        ),
        "fr": (
            r"\b(?:d'abord|ensuite|puis|après|étape|maintenant|enfin)\b|cliqu|prenez|ouvrez|"
            "ajoutez|mettez"
        ),
        "pt": (
            r"\b(?:primeiro|depois|em seguida|então|agora|passo|finalmente)\b|cliqu|abra|"
            "adicion"
        ),
        "it": r"\b(?:prima|poi|dopo|quindi|ora|adesso|passo|infine)\b|clicc|aprite|aggiung",
        "ru": "сначала|затем|потом|далее|теперь|шаг|нажм|откро",
        "zh": "首先|然后|接着|接下来|下一步|步骤|现在|第一|第二|第三|再|最后|让我们|我们把",
        "ja": "まず|次に|それから|そして|最後に|手順|ステップ|今度|してください|しましょう",
        "ar": "أولا|ثم|بعد ذلك|الآن|خطوة|أخيرا|اضغط|افتح",
    },
    Part.ADVICE: {
        "de": (
            r"achten|denken sie daran|nie(?:mals)?\b|immer|vermeid|besser|am besten|tipp|"
            "empfehl|sollte|vorsicht|lieber|wichtig"
        ),
        "es": (
            "asegúr|recuerd|nunca|siempre|evit|mejor|consejo|truco|recomiend|debería|"
            "cuidado|en lugar de|importante|animo|conviene"
        ),
        "fr": (
            "assurez|n'oubliez|jamais|toujours|évit|mieux|conseil|astuce|recommand|devriez|"
            "attention|plutôt|il vaut mieux"
        ),
        "pt": (
            "certifique|lembre|nunca|sempre|evit|melhor|dica|recomend|deveria|cuidado|em vez de"
        ),
        "it": (
            "assicur|ricord|mai|sempre|evit|meglio|consigli|trucco|dovreste|attenzione|invece di"
        ),
        "ru": "убедит|помните|никогда|всегда|избега|лучше|совет|рекоменд|следует|осторожн",
        "zh": "注意|记住|不要|千万|总是|永远|避免|最好|技巧|建议|应该|小心|务必|更好",
        "ja": ("注意|覚えて|必ず|決して|避け|方がいい|ほうがいい|コツ|おすすめ|べき|気をつけ|大切"),
        "ar": "تأكد|تذكر|لا تنس|دائما|تجنب|أفضل|نصيحة|انتبه|ينبغي",
    },
    Part.TROUBLE: {
        "de": (
            "problem|fehler|schwierig|falsch|funktioniert nicht|geht nicht|gefahr|vorsicht|"
            "leider|wenn .{0,40}nicht|kaputt|scheiter"
        ),
        "es": (
            r"problema|error|difícil|dificultad|mal\b|falla|no funciona|no puede|cuidado|"
            "peligro|desafío|lamentablemente|si no|preocup"
        ),
        "fr": (
            "problème|erreur|difficil|faux|échou|ne marche pas|ne fonctionne|danger|"
            "attention|si .{0,30}pas"
        ),
        "pt": "problema|erro|difícil|errad|falh|não funciona|cuidado|perigo|se não|desafio",
        "it": "problema|errore|difficil|sbagli|non funziona|pericol|attenzione|se non|fallis",
        "ru": "проблем|ошибк|сложн|трудн|не работает|неправильн|опасн|если не|к сожалению",
        "zh": "问题|错误|困难|失败|不行|不能|无法|出错|危险|小心|麻烦|如果不|糟糕|缺点|不对",
        "ja": ("問題|エラー|間違|失敗|難し|できない|できません|危険|困|トラブル|うまくいか|ないと"),
        "ar": "مشكلة|خطأ|صعب|فشل|لا يعمل|لا يمكن|خطر|إذا لم|مشاكل",
    },
    Part.CHECK: {
        "de": (
            "prüf|test|überprüf|kontroll|ergebnis|richtig|funktioniert|fertig|sehen sie|"
            "beweis|gelung"
        ),
        "es": (
            "comprob|prueb|verific|resultado|correct|funciona|listo|terminad|demostr|éxito|medir"
        ),
        "fr": "vérifi|test|contrôl|résultat|correct|fonctionne|marche|termin|preuve|réussi",
        "pt": "verific|test|confir|resultado|corret|funciona|pronto|termin|sucesso",
        "it": "verific|controll|prova|risultato|corrett|funziona|finit|successo",
        "ru": "провер|тест|результат|правильн|работает|готово|убед|доказ",
        "zh": "检查|测试|验证|结果|正确|成功|完成|证明|答案|得到|可以看到|确认",
        "ja": "確認|テスト|検証|結果|正し|成功|完了|証明|動きま|できました|答え",
        "ar": "تحقق|اختبار|نتيجة|صحيح|نجح|يعمل|تأكد|الجواب",
    },
    Part.METHOD: {
        "de": (
            "methode|verfahren|vorgehen|ansatz|prozess|algorithmus|untersuch|analys|messen|"
            "daten|wie (?:man|wir)"
        ),
        "es": (
            "método|enfoque|procedimiento|proceso|técnica|algoritmo|cómo|análisis|estudio|"
            "datos|encuesta|entrevist|basad"
        ),
        "fr": (
            "méthode|approche|procédure|processus|technique|algorithme|comment|analys|étude|données"
        ),
        "pt": ("método|abordagem|procedimento|processo|técnica|algoritmo|como|anális|estudo|dados"),
        "it": "metodo|approccio|procedura|processo|tecnica|algoritmo|come|analisi|studio|dati",
        "ru": "метод|подход|процедур|процесс|алгоритм|как |анализ|исследов|данны",
        "zh": "方法|过程|步骤|算法|如何|怎么|分析|研究|实验|数据|技术|方式",
        "ja": "方法|手法|過程|手順|アルゴリズム|どのように|分析|研究|実験|データ|やり方",
        "ar": "طريقة|منهج|عملية|خوارزمية|كيف|تحليل|دراسة|بيانات",
    },
    Part.FINDING: {
        "de": (
            "ergab|ergebnis|zeigt|gefunden|herausgefunden|beweis|deshalb|prozent|mehr als|"
            "tatsächlich"
        ),
        "es": (
            "encontr|muestra|resultado|descubr|evidencia|por lo tanto|por ciento|aument|"
            "más de|de hecho"
        ),
        "fr": "trouvé|montre|résultat|découv|preuve|donc|pour cent|augment|plus de|en fait",
        "pt": "encontr|mostra|resultado|descobr|evidência|portanto|por cento|aument|mais de",
        "it": "trovat|mostra|risultat|scopert|prova|quindi|per cento|aument|più di|infatti",
        "ru": "обнаруж|показ|результат|доказ|следовательно|процент|увелич|больше чем",
        "zh": "发现|表明|显示|结果|证明|因此|结论|百分之|增加|事实上|答案",
        "ja": "分かり|わかり|示し|結果|発見|証明|したがって|パーセント|増え|実は",
        "ar": "وجد|يظهر|نتيجة|اكتشف|دليل|لذلك|بالمئة|زيادة|في الواقع",
    },
    Part.ARGUMENT: {
        "de": (
            r"jedoch|aber|allerdings|obwohl|andererseits|frage|ob\b|grenze|zukunft|warum|"
            "vielleicht|unterschied"
        ),
        "es": (
            "sin embargo|pero|aunque|por otro lado|pregunta|límite|futuro|por qué|quizá|"
            "diferencia|todavía"
        ),
        "fr": (
            "cependant|mais|bien que|d'autre part|question|limite|futur|pourquoi|peut-être|"
            "différence"
        ),
        "pt": (
            "no entanto|mas|embora|por outro lado|pergunta|limite|futuro|por que|talvez|diferença"
        ),
        "it": (
            r"tuttavia|ma\b|sebbene|d'altra parte|domanda|limite|futuro|perché|forse|"
            "differenza"
        ),
        "ru": r"однако|но\b|хотя|с другой стороны|вопрос|предел|будущ|почему|возможно|разниц",
        "zh": "但是|然而|不过|虽然|另一方面|问题|限制|未来|为什么|也许|区别|可能|讨论",
        "ja": "しかし|けれど|ただし|一方|問題|限界|将来|なぜ|かもしれ|違い|議論",
        "ar": "لكن|ولكن|رغم|من ناحية أخرى|سؤال|حدود|مستقبل|لماذا|ربما|الفرق",
    },
    Part.SMALL_TALK: {
        "de": (
            "willkommen|vielen dank|danke|guten (?:morgen|tag|abend)|hallo|abonnier|tschüss|"
            "mein name ist"
        ),
        "es": (
            "bienvenid|gracias|buenos días|buenas (?:tardes|noches)|hola|suscrib|aplauso|"
            "me llamo|adiós|pueden oírme"
        ),
        "fr": "bienvenue|merci|bonjour|bonsoir|salut|abonn|applaud|je m'appelle|au revoir",
        "pt": "bem-vind|obrigad|bom dia|boa (?:tarde|noite)|olá|inscrev|meu nome",
        "it": "benvenut|grazie|buongiorno|buonasera|ciao|iscriv|mi chiamo|arrivederci",
        "ru": "добро пожаловать|спасибо|здравствуй|привет|подпис|меня зовут|до свидания",
        "zh": "欢迎|谢谢|大家好|你好|早上好|下午好|订阅|再见|休息一下|有什么问题|有问题吗|掌声",
        "ja": (
            "ようこそ|ありがとう|こんにちは|おはよう|こんばんは|皆さん|チャンネル登録|休憩|"
            "さようなら|質問は"
        ),
        "ar": "مرحبا|شكرا|أهلا|السلام عليكم|صباح الخير|اشترك|مع السلامة|اسمي",
    },
}
