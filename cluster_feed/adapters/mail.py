"""Hand a message to a mail server."""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Final, Literal, NamedTuple

from cluster_feed.core.errors import MailUndelivered

_PATIENCE_SECONDS: Final = 20


class Server(NamedTuple):
    """A mail server and how to speak to it."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str = ""
    password: str = ""


class Letter(NamedTuple):
    """A message; `name` is the same whenever it is sent, so that a mailbox knows it again."""

    name: str
    sender: str
    to: Sequence[str]
    subject: str
    text: str

    def to_message(self) -> EmailMessage:
        """Write it as mail."""
        message = EmailMessage()
        message["From"], message["To"] = self.sender, ", ".join(self.to)
        message["Subject"] = " ".join(self.subject.split())
        message["Message-ID"] = f"<{self.name}@{self.sender.partition('@')[2]}>"
        message.set_content(self.text)
        return message


def send(server: Server, letter: Letter) -> None:
    """Hand it over; MailUndelivered where the server does not take it, for anybody of them."""
    try:
        with _reached(server) as link:
            if server.security == "starttls":
                link.starttls(context=ssl.create_default_context())
            if server.user:
                link.login(server.user, server.password)
            link.send_message(letter.to_message())
    except (OSError, smtplib.SMTPException) as error:
        raise MailUndelivered(
            host=server.host, detail=str(error) or type(error).__name__
        ) from error


def _reached(server: Server) -> smtplib.SMTP:
    if server.security == "tls":
        secure = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_PATIENCE_SECONDS, context=secure)
    return smtplib.SMTP(server.host, server.port, timeout=_PATIENCE_SECONDS)
