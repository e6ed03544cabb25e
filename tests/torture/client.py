"""A browser without a window: what Streamlit's own page says to the server, and what it hears."""

from __future__ import annotations

import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

_SUCCESS = ForwardMsg.ScriptFinishedStatus.FINISHED_SUCCESSFULLY
_BROKEN = re.compile(r"Something went wrong|出了问题|出错")
_PATIENCE_SECONDS = 120.0


class BrokenPageError(AssertionError):
    """A page showed that a script had failed."""


class Client:
    """One session.

    Args:
        address: of the server.
        locale: of the reader.

    Attributes:
        query: of the address, as the server last set it.
        seconds: how long each interaction took, those apart in which a page refreshes itself.
        text: what the page says.
    """

    def __init__(self, address: str, locale: str = "en-US") -> None:
        self._address = address
        socket = f"ws{address.removeprefix('http')}/_stcore/stream"
        self._socket = connect(socket, max_size=None, subprotocols=["streamlit"], open_timeout=60)  # type: ignore[list-item]
        self._locale = locale
        self._states: dict[str, WidgetState] = {}
        self._elements: dict[tuple[int, ...], Element] = {}
        self._pages: dict[str, str] = {}
        self._page, self._script = "", ""
        self._session = ""
        self.query = ""
        self.seconds: list[float] = []

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()

    def open(self, page: str, query: str = "") -> None:
        """Open a page by its address."""
        self._page, self._script, self.query = page, "", query
        self.rerun()

    def go_to(self, page: str) -> None:
        """Open a page from the menu, which drops the query of the address."""
        self._page, self._script, self.query = page, self._pages[page], ""
        self.rerun()

    def click(self, label: str) -> None:
        """Press the button with this label."""
        found = [e.button.id for e in self.elements("button") if label in e.button.label]
        assert found, (label, self.text[-600:])
        self.rerun(WidgetState(id=found[0], trigger_value=True))

    def upload(self, name: str, content: bytes) -> None:
        """Give a file to the page."""
        uploader = next(self.elements("file_uploader")).file_uploader
        request = BackMsg()
        request.file_urls_request.request_id = uuid4().hex
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self._session
        self._socket.send(request.SerializeToString())
        urls = self._hear(lambda message: message.WhichOneof("type") == "file_urls_response")
        place = urls.file_urls_response.file_urls[0]
        self._put(place.upload_url, name, content)
        state = WidgetState(id=uploader.id)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.name, info.size, info.file_id = name, len(content), place.file_id
        info.file_urls.CopyFrom(place)
        self._states[uploader.id] = state
        self.rerun()

    def rerun(self, *triggers: WidgetState) -> None:
        """Let the script run, and wait until it has: one interaction."""
        began = time.perf_counter()
        self._run(*triggers)
        self.seconds.append(time.perf_counter() - began)

    def _run(self, *triggers: WidgetState) -> None:
        self.send(*triggers)
        self._hear(self._is_the_end)
        broken = [e.exception.message for e in self.elements("exception")]
        if broken or _BROKEN.search(self.text):
            raise BrokenPageError(f"{self._page}?{self.query}: {broken or self.text[-600:]}")

    def send(self, *triggers: WidgetState) -> None:
        """Ask for a run of the script, and do not wait for it."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self.query, self._page
        state.page_script_hash = self._script
        state.context_info.locale = self._locale
        state.context_info.url = f"{self._address}/{self._page}"
        state.widget_states.widgets.extend([*self._states.values(), *triggers])
        self._socket.send(message.SerializeToString())

    def wait_for(self, ready: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
        """Look again, as a page that refreshes itself, until all is as wanted."""
        deadline = time.monotonic() + seconds
        while not ready():
            assert time.monotonic() < deadline, self.text[-1_000:]
            time.sleep(0.5)
            self._run()

    def value(self, name: str) -> str | None:
        """What the address says of ``name``."""
        return next(iter(urllib.parse.parse_qs(self.query).get(name, [])), None)

    def elements(self, kind: str) -> Any:
        """The elements of a kind that the page shows."""
        return (e for e in self._elements.values() if e.WhichOneof("type") == kind)

    @property
    def text(self) -> str:
        bodies = [(e.WhichOneof("type"), e) for e in self._elements.values()]
        said = {"markdown": "body", "heading": "body", "alert": "body", "metric": "body"}
        words = [getattr(getattr(e, k), said[k]) for k, e in bodies if k in said]
        return "\n".join([*words, *(e.button.label for e in self.elements("button"))])

    def _hear(self, until: Callable[[ForwardMsg], bool]) -> ForwardMsg:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            message = ForwardMsg()
            left = deadline - time.monotonic()
            message.ParseFromString(self._socket.recv(timeout=left))  # type: ignore[arg-type]
            self._take(message)
            if until(message):
                return message

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._session = message.new_session.initialize.session_id
            self._script = message.new_session.page_script_hash
            self._elements.clear()
        elif kind == "navigation":
            pages = message.navigation.app_pages
            self._pages = {page.url_pathname: page.page_script_hash for page in pages}
            by_hash = {page.page_script_hash: page.url_pathname for page in pages}
            self._script = message.navigation.page_script_hash
            self._page = by_hash.get(self._script, self._page)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._elements[tuple(message.metadata.delta_path)] = message.delta.new_element

    @staticmethod
    def _is_the_end(message: ForwardMsg) -> bool:
        return message.WhichOneof("type") == "script_finished" and (
            message.script_finished == _SUCCESS
        )

    def _put(self, url: str, name: str, content: bytes) -> None:
        """Send a file as a form, with the token that shows that it is no other page's doing."""
        with urllib.request.urlopen(f"{self._address}/_stcore/health") as answer:
            cookie = SimpleCookie(answer.headers["Set-Cookie"])["_streamlit_xsrf"].value
        mark = uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
        body = f"{head}Content-Type: text/csv\r\n\r\n".encode() + content
        request = urllib.request.Request(
            f"{self._address}{url}", body + f"\r\n--{mark}--\r\n".encode(), method="PUT"
        )
        request.add_header("Content-Type", f"multipart/form-data; boundary={mark}")
        request.add_header("X-Xsrftoken", cookie)
        request.add_header("Cookie", f"_streamlit_xsrf={cookie}")
        urllib.request.urlopen(request).close()
