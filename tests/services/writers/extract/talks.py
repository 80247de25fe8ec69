"""Small talks in several languages, written for these tests, and plans to make notes of them."""

from __future__ import annotations

from collections.abc import Sequence

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind, SectionPlan
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind

VIDEO = Video(id="talk", url="https://video.example/talk", provider="other", title="A talk")

ENGLISH = """
Welcome to this lesson on keeping bees in a city garden.
Today you will learn how a bee colony works and how to open a hive safely.
A bee colony is a family of one queen, some drones and many thousand worker bees.
The queen bee lays up to two thousand eggs in a single summer day.
Worker bees gather nectar, and they turn nectar into honey inside the hive.
The key point is that a bee colony behaves like one animal and not like many.
Before you open the hive, you need a smoker, a veil and a pair of thick gloves.
First light the smoker and let it burn until the smoke is cool and white.
Then lift the lid of the hive slowly and blow a little smoke over the frames.
Next take out one wooden frame and hold it against the sun.
Make sure that you never stand in front of the entrance of the hive.
Always move slowly, because quick movements make worker bees nervous.
If the worker bees do not calm down, close the hive and try again tomorrow.
A common problem is a hive that smells sour, which means that the brood is sick.
The varroa mite is the worst enemy of the bee colony in Europe.
The varroa mite sucks the blood of the brood and carries viruses into the hive.
We measured forty hives over three years and found that mites doubled every month.
You can check the number of mites by counting them on a white board under the hive.
If more than ten mites fall in a day, you should treat the bee colony at once.
However, some beekeepers argue that treatment makes the varroa mite stronger.
For example, you can use oxalic acid in December when there is no brood.
Honey is ripe when the worker bees have closed the cells with white wax.
A good hive gives about twenty kilograms of honey in a year.
You should see closed cells on two thirds of the frame before you harvest.
In summary, a calm hand, clean tools and a watchful eye keep a bee colony healthy.
Thank you for watching and see you next time.
"""

AUTOMATIC = """
so today we are going to talk about how tides work and why the sea
goes up and down twice a day um the moon pulls the water on the near side
of the earth and that makes a bulge now on the far side there is a second bulge
because the earth itself is pulled away from the water so the earth turns under
these two bulges and that means every coast meets high water two times a day
but the sun pulls as well and when the sun and the moon stand in one line we get
a spring tide which is higher than usual and when they stand at a right angle we get
a neap tide uh which is lower so if you want to sail out of a shallow harbour you
need to look at the tide table before you leave the tide table gives the time of high
water for every day of the year make sure you add one hour in summer because the table
uses winter time a friend of mine forgot that and his boat sat on the mud for six hours
so the problem is not the tide the problem is not reading the tide table in a narrow
bay the water has no room and so the tidal range can reach fifteen metres in the bay of
fundy for example the tidal range is the highest in the world and people build tidal power
plants there a tidal power plant works like a mill it lets the water in and holds it back
and then lets it run out through turbines so in the end the moon gives us electric light
"""

GERMAN = """
Willkommen zu einem kurzen Vortrag über das Backen von Sauerteigbrot.
Heute geht es um den Sauerteig und um die Frage, warum das Brot aufgeht.
Ein Sauerteig ist eine Mischung aus Mehl und Wasser, in der Hefen und Milchsäurebakterien leben.
Die Hefen erzeugen Kohlendioxid, und das Kohlendioxid lockert den Teig.
Die Milchsäurebakterien machen den Sauerteig sauer und das Brot haltbar.
Wichtig ist, dass der Sauerteig jeden Tag frisches Mehl bekommt.
Zuerst mischen Sie hundert Gramm Roggenmehl mit hundert Gramm Wasser.
Dann lassen Sie die Mischung einen Tag lang an einem warmen Ort stehen.
Danach geben Sie wieder Roggenmehl und Wasser dazu.
Nach fünf Tagen riecht der Sauerteig mild und hat viele Blasen.
Wenn der Sauerteig nicht aufgeht, ist der Ort meistens zu kalt.
Ein häufiger Fehler ist zu viel Wasser, denn dann zerfließt der Brotlaib.
Achten Sie immer darauf, dass der Ofen wirklich heiß ist.
Ein Brotlaib braucht etwa fünfzig Minuten bei zweihundertdreißig Grad.
Prüfen Sie das Ergebnis, indem Sie auf den Boden des Brotlaibs klopfen.
Klingt der Brotlaib hohl, dann ist das Brot fertig.
Zum Beispiel können Sie Sonnenblumenkerne in den Teig geben.
Zusammenfassend braucht gutes Sauerteigbrot Geduld, Wärme und Roggenmehl.
"""

CHINESE = """
大家好，欢迎来到这门课。今天我们学习光合作用的基本原理。
光合作用是指植物利用阳光把二氧化碳和水变成糖的过程。
叶绿体是进行光合作用的地方，叶绿体里面有叶绿素。
叶绿素吸收红光和蓝光，所以叶子看起来是绿色的。
光合作用分成两个阶段，第一个阶段叫做光反应，第二个阶段叫做暗反应。
光反应需要阳光，它把水分解成氧气和氢。
暗反应不需要阳光，它用二氧化碳制造糖。
重要的是，植物放出的氧气来自水，而不是来自二氧化碳。
首先，我们把叶子放进热水里，然后用酒精洗掉叶绿素。
接着滴上碘液，如果叶子变成蓝色，说明里面有淀粉。
注意酒精很容易着火，所以一定要小心。
如果叶子没有变成蓝色，问题可能是阳光不够。
例如，把植物放在黑暗里两天，叶子里面的淀粉就会消失。
实验结果表明，没有阳光就没有光合作用。
总之，光合作用给地球上的动物提供了食物和氧气。
"""

JAPANESE = """
皆さん、こんにちは。今日は火山の仕組みについて説明します。
火山とは、地下のマグマが地表に噴き出してできた山のことです。
マグマは岩石が高い温度で溶けたものです。
マグマの中のガスが増えると、圧力が高くなります。
圧力が限界を超えると、火山は噴火します。
重要なのは、マグマの粘り気が噴火の形を決めるということです。
粘り気の強いマグマは、激しい噴火を起こします。
まず、地震計で火山の揺れを測ります。次に、ガスの量を調べます。
地震計の数値が増えたら、必ず山から離れてください。
例えば、富士山は三百年前に噴火しました。
問題は、噴火の時刻を正確に予測できないことです。
最後に、火山は温泉や肥えた土も与えてくれます。
"""

ARABIC = """
مرحبا بكم في هذا الدرس عن القهوة العربية.
اليوم سوف نتعلم كيف نحمص القهوة العربية في البيت.
القهوة العربية هي شراب يصنع من حبوب البن المحمصة مع الهيل.
حبوب البن تأتي من شجرة صغيرة تنمو في الجبال العالية.
أولا نغسل حبوب البن ثم نتركها حتى تجف في الشمس.
بعد ذلك نضع حبوب البن في المقلاة على نار هادئة.
من المهم أن نحرك حبوب البن دائما لأن النار تحرقها بسرعة.
إذا لم نحرك حبوب البن فسوف يكون طعم القهوة العربية مرا.
يجب أن نطحن حبوب البن قبل أن نغليها مع الماء.
على سبيل المثال يمكن أن نضيف الزعفران مع الهيل.
تأكد من أن الماء يغلي قبل أن تضيف الهيل.
في الختام القهوة العربية رمز الكرم في البلاد العربية.
"""

TEXTS = {
    "en": ENGLISH,
    "de": GERMAN,
    "zh": CHINESE,
    "ja": JAPANESE,
    "ar": ARABIC,
}


def talk(
    text: str,
    language: str = "en",
    *,
    kind: TranscriptKind = TranscriptKind.MANUAL,
    timed: bool = True,
) -> Transcript:
    """A text as a transcript: a line is a segment, spoken at three words a second."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return transcript(lines, language, kind=kind, timed=timed)


def transcript(
    lines: Sequence[str],
    language: str = "",
    *,
    kind: TranscriptKind = TranscriptKind.FILE,
    timed: bool = True,
) -> Transcript:
    segments: list[Segment] = []
    now = 0.0
    for number, line in enumerate(lines, start=1):
        end = now + max(1.0, len(line) / 15)
        segments.append(Segment(str(number), now, end, line))
        now = end
    return Transcript(language, kind, tuple(segments), timed=timed)


def repeated(kind: SectionKind, *, least: int = 2, most: int = 5) -> NoteTemplate:
    """A template of one repeated kind of section."""
    return NoteTemplate(
        id="one-kind",
        version="1",
        name="One kind",
        description="-",
        instructions="-",
        sections=(SectionPlan(kind, repeat=True, min=least, max=most),),
    )


def single(kind: SectionKind) -> NoteTemplate:
    """A template of one section."""
    return NoteTemplate(
        id="one-section",
        version="1",
        name="One section",
        description="-",
        instructions="-",
        sections=(SectionPlan(kind, heading="Heading"),),
    )
