"""Turns of phrase in English: one pattern for each part a sentence can play."""

from __future__ import annotations

from .parts import Part

ENGLISH: dict[Part, str] = {
    Part.AIM: (
        "you(?:'ll| will| are going to|'re going to) (?:learn|see|understand|be able)|"
        r"(?:we're|we are|i'm|i am) going to (?:\w+ )?(?:talk|learn|look|show|discuss|cover|"
        "see|focus|explore|review)|(?:today|in this (?:video|lecture|talk|course|"
        "lesson)),? (?:we|i|you)|(?:the|our|my) (?:goal|aim|purpose|objective|mission|"
        r"question) (?:is|of)|(?:i|we)(?:'d| would) like to (?:\w+ )?(?:talk|show|explain|"
        "review|look)|i want to (?:talk|show|explain|review|share|start)|we(?:'ll|"
        " will) (?:talk|look|see|learn)|let's (?:talk about|look at|see how)|"
        "is (?:all )?about|learn(?:ing|ed)? (?:how )?to"
    ),
    Part.KEY: (
        r"the (?:key|main|whole|important|crucial|essential|real) (?:\w+ )?(?:point|thing|"
        "idea|question|issue|reason|insight|concept)|that means|which means|in other words|"
        "the (?:idea|point|reason|essence|trick|problem|secret|difference) (?:is|of|here)|"
        "important|crucial|essential|fundamental|most of all|remember that|above all|"
        "it turns out|because|therefore|the whole point|what matters|notice that"
    ),
    Part.CLOSING: (
        "in (?:conclusion|summary|short|the end)|to (?:sum|wrap) (?:it )?up|to summarize|"
        "to conclude|finally|overall|so what (?:we|i)(?:'ve| have)|we(?:'ve| have) (?:seen|"
        "learned|talked|looked)|the (?:bottom line|takeaway|lesson|moral)|all (?:of )?this|"
        "in general"
    ),
    Part.DEFINITION: (
        r"\b(?:is|are|was) (?:a|an|the|what|called|basically|just|something|that)\b|called|"
        "means|stands for|known as|refers? to|defin|consists? of|is made (?:up )?of|"
        "in other words|what (?:we|i) (?:call|mean)|name for|kind of"
    ),
    Part.USE: (
        "for example|for instance|in practice|you can (?:use|apply|do|take|see)|(?:we|you|"
        r"i) (?:can )?use[ds]?\b|apply|applies|appl(?:ied|ication)|useful|real[- ]world|"
        "everyday|imagine|such as|try (?:it|this|to)|exercise|case (?:of|where)|let's say|"
        "suppose|opportunit|put (?:it )?into"
    ),
    Part.NEED: (
        "you(?:'ll| will)? need|we need|need(?:s|ed)? to|have to|must|"
        "should (?:already )?(?:have|know)|before (?:you|we|i|he|she|they)|"
        r"^first\b|first of all|require|prerequisite|install|make sure (?:you have|that)|assum|"
        "already|basic|ready|prepare|previous|last time|background"
    ),
    Part.ACTION: (
        r"\b(?:first|second|third|next|then|now|after that|finally|step \w+|start(?:s|"
        "ed)? (?:by|with)|begin(?:s)? (?:by|with)|once you|let's|let us|we (?:do|take|put|"
        "make|get|write|define|add|set)|you (?:take|put|click|open|write|add|set|do|type|"
        "press|select|choose|make|keep|say)|(?:he|she|they|i) (?:picked|put|took|got|walked|"
        "went|sat|used|turned|started)|what (?:we|you) do|go to|click|the way (?:you|to|"
        r"we))\b|^(?:put|take|add|open|press|turn|cut|click|select|write|make|set|place|mix|"
        r"hold|keep|choose|wash|remove|install|use|type|run)\b"
    ),
    Part.ADVICE: (
        r"make sure|be sure|remember|don't forget|never|always|avoid|better|best|tip\b|trick|"
        "recommend|suggest|should|shouldn't|ought|important to|worth|instead of|rather than|"
        r"careful\b|encourage|please|try to|if you want|the easiest|helpful|good idea|"
        "good practice"
    ),
    Part.TROUBLE: (
        r"problem|trouble|difficult|error|wrong|fail|mistake|bug\b|issue|doesn't work|"
        r"didn't work|can't|cannot|couldn't|not work|break|broke|danger|careful\b|warning|"
        r"unfortunately|stuck|lose|lost|worr|concern|challenge|confus|messy|without|bad\b|"
        r"terrible|hard to|if (?:it|you|he|they|the \w+) (?:\w+ )?(?:don't|doesn't|didn't|"
        "not|isn't|aren't|can't)"
    ),
    Part.CHECK: (
        "check|test|verif|make sure|you (?:should |can |will |'ll )?see (?:that|how|the)|"
        r"works\b|it worked|result|correct|right answer|good enough|prove|measure|confirm|"
        r"look at|finished|done\b|in the end|success|complete|now (?:it|we|you) (?:have|can|"
        "has)|sure enough|demonstrat|evidence"
    ),
    Part.METHOD: (
        "method|approach|procedure|process|technique|algorithm|how (?:to|we|you|do)|"
        "we (?:used|did|measured|conducted|developed|built|asked|take|start)|based on|"
        r"analy[sz]|survey|experiment|study|interview|by (?:\w+ing)|way (?:to|of|that)|"
        "framework|data|consider"
    ),
    Part.FINDING: (
        r"found|find that|shows?\b|showed|result|turns? out|discover|evidence|conclu|"
        r"therefore|we (?:see|know|saw|learned|have)|\d+ ?(?:%|percent)|increase|decrease|"
        "growth|means that|more than|less than|held|because|in fact|the answer"
    ),
    Part.ARGUMENT: (
        r"however|but\b|although|on the other hand|question|argu|whether|limit|future|"
        r"still\b|yet\b|why\b|depend|unless|might|perhaps|disagree|concern|the trouble|"
        "open (?:question|problem)|rather|instead|doesn't|not (?:clear|known|enough)|"
        "what if|debate|difference"
    ),
    Part.SMALL_TALK: (
        "welcome (?:to|back|everyone)|thank(?:s| you)|good (?:morning|afternoon|evening)|"
        "hello (?:everyone|everybody|there|and)|hi (?:everyone|there|i'm|my)|subscribe|"
        r"like button|can you hear|round of applause|take a break|see you|bye\b|my name is|"
        r"may it please|i'm sorry|excuse me|any questions|questions\?$|next slide|"
        "all right so|you're welcome|nice to|i yield|you know what i mean|let me just|"
        r"give (?:it|them|him|her) up|lunch break|counsel\b|good to see|yes, (?:sir|ma'am|"
        "your honor)"
    ),
}
