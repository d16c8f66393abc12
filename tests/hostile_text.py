"""What hostile text is made of: one canary for each way to drive a terminal, to turn its writing, or to stand there unseen."""

from unicodedata import category

CANARIES = {
    "clear": "\x1b[2J",
    "reset": "\x1bc",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;b3duZWQ=\x07",
    "device": "\x1bP+q\x1b\\",
    "colour": "\x1b[31;8mred\x1b[0m",
    "c1": "\x9b2J\x9d0;owned\x9c\x80\x9f",
    "bidi": "\u202egpj.exe\u202c\u202a\u202b\u202d",
    "isolates": "\u2066a\u2067b\u2068c\u2069",
    "marks": "\u200e\u200f\u061c",
    "shifts": "a\x0eb\x0fc",
    "answerback": "\x05",
    "bell": "\x07",
    "backspace": "ok\x08\x08no",
    "return": "error\rfine",
    "delete": "\x7f",
    "unseen": "a\u200bb\u200cc\u200dd\u2060e\ufefff\xadg",
    "lines": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "unassigned": "\u0378\ufdd0\uffff\U000e0041\ue000",
    "empty": "\u3164\u115f\u2800\u034f",
}
MARKUP = "[red]not red[/red] [link=https://evil.example]here[/link] :boom:"


def hostile_in(written: str, *, ours: str = "\n\t") -> set[str]:
    """Find the characters in what was written that no terminal must get; `ours` are those that lay out our own lines."""
    empty = set("\u3164\u115f\u2800\u034f")
    return {
        one for one in set(written) - set(ours) if category(one) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or one in empty
    }
