"""A mail server that keeps what it is given, to the recipients whom it was given for."""

from __future__ import annotations

import email
import re
import threading
from collections import defaultdict
from email.message import EmailMessage
from email.policy import default
from queue import Queue
from socketserver import StreamRequestHandler, ThreadingTCPServer

from tests.patience import PATIENCE_S


class MailRoom:
    """Speaks as much SMTP as a sender needs, on a port of 127.0.0.1."""

    def __init__(self) -> None:
        self._letters: defaultdict[str, Queue[EmailMessage]] = defaultdict(Queue)
        self._server = ThreadingTCPServer(("127.0.0.1", 0), self._serve, bind_and_activate=True)
        self._server.daemon_threads = True

    def __enter__(self) -> MailRoom:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def settings(self) -> dict[str, str]:
        """What a process needs to send its letters here."""
        return {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self._server.server_address[1])}

    def clear(self) -> None:
        """Throws away what nobody has read."""
        for letters in list(self._letters.values()):
            while not letters.empty():
                letters.get_nowait()

    def letter_to(self, recipient: str) -> EmailMessage:
        """The next letter to somebody."""
        return self._letters[recipient].get(timeout=PATIENCE_S)

    def link_to(self, recipient: str) -> str:
        """The link in the next letter to somebody."""
        found = re.search(r"^https?://\S+$", self.letter_to(recipient).get_content(), re.MULTILINE)
        assert found is not None
        return found[0]

    def _serve(self, *arguments: object) -> None:
        _Conversation(self._letters, *arguments)


class _Conversation(StreamRequestHandler):
    def __init__(self, letters: defaultdict[str, Queue[EmailMessage]], *arguments: object) -> None:
        self._letters, self._recipients = letters, []
        super().__init__(*arguments)

    def handle(self) -> None:
        self._say("220 mail room")
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("RCPT TO:"):
                self._recipients.append(re.search("<(.*)>", line)[1])
            if verb == "DATA":
                self._say("354 go on")
                self._keep()
            self._say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                break

    def _keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        letter = email.message_from_bytes(b"".join(lines).replace(b"\r\n", b"\n"), policy=default)
        for recipient in self._recipients:
            self._letters[recipient].put(letter)
        self._recipients.clear()

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
