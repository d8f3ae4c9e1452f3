"""Mails as programs write them, and the documented fields that each must become."""

import base64
import quopri
from dataclasses import dataclass
from typing import Final

SENDER: Final = "Praxis Müller <praxis@praxis.example.org>"
TEXT: Final = "Schöne Grüße,\n\n.\n..zwei Punkte\nFrom here\nbis Montag.\n"
EMOJI: Final = "Bis morgen 😀👍🏽\n"
_HEAD: Final = (
    "From: =?utf-8?Q?Praxis_M=C3=BCller?= <praxis@praxis.example.org>\r\n"
    "Subject: =?utf-8?B?SWhyIFRlcm1pbiDwn5iA?=\r\n"
    "User-Agent: S3NT-agent\r\nReceived: from S3NT-pc ([192.0.2.7])\r\nMessage-ID: <S3NT@S3NT-pc>\r\n"
    "MIME-Version: 1.0\r\n"
)
SUBJECT: Final = "Ihr Termin 😀"


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail with CRLF line ends, and its text as it must arrive."""

    content: bytes
    text: str


def _mail(kind: str, encoding: str, body: bytes) -> bytes:
    head = f"{_HEAD}Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + b"\r\n".join(body.splitlines()) + b"\r\n"


def _quoted(text: str, charset: str) -> bytes:
    return quopri.encodestring(text.encode(charset))


SAMPLES: Final = {
    "umlauts": Sample(_mail("text/plain; charset=utf-8", "8bit", TEXT.encode()), TEXT),
    "emoji": Sample(_mail("text/plain; charset=utf-8", "base64", base64.encodebytes(EMOJI.encode())), EMOJI),
    "flowed": Sample(
        _mail("text/plain; charset=utf-8; format=flowed", "8bit", b"Ein Satz, \nder weitergeht.\nEnde\n"),
        "Ein Satz, der weitergeht.\nEnde\n",
    ),
    "quoted-printable": Sample(
        _mail("text/plain; charset=utf-8", "quoted-printable", _quoted(TEXT, "utf-8")), TEXT
    ),
    "latin-1": Sample(_mail("text/plain; charset=iso-8859-1", "8bit", TEXT.encode("iso-8859-1")), TEXT),
    "windows-1252": Sample(
        _mail("text/plain; charset=windows-1252", "quoted-printable", _quoted("12 € „sofort“\n", "cp1252")),
        "12 € „sofort“\n",
    ),
    "html": Sample(
        _mail("text/html; charset=utf-8", "8bit", '<p>Grüße <a href="https://a.example/t">zum Termin</a></p>'.encode()),
        "Grüße zum Termin <https://a.example/t>\n",
    ),
    "attachment": Sample(
        _mail(
            "multipart/mixed; boundary=S3NT",
            "7bit",
            b"S3NT\n--S3NT\nContent-Type: text/plain\n\neins\n\n--S3NT\nContent-Type: application/pdf; name=S3NT.pdf\n"
            b"Content-Disposition: attachment; filename=S3NT.pdf\n\nS3NT\n--S3NT--\nS3NT\n",
        ),
        "eins\n",
    ),
    "5-megabytes": Sample(
        _mail(
            "multipart/mixed; boundary=x",
            "7bit",
            b"--x\n\nviel\n\n--x\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(bytes(3_800_000))
            + b"--x--\n",
        ),
        "viel\n",
    ),
}  # fmt: skip
