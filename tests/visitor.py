"""A browser that goes over the network to a site behind a proxy, with what the tests' reading of pages needs."""

from __future__ import annotations

import http.client
import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode


class Answer:
    """As much of an answer as `tests.pages` and `tests.visits.window` read."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status_code = answer.status
        self.headers = answer.headers
        self.content = answer.read()

    def __getitem__(self, header: str) -> str:
        return self.headers[header] or ""

    def json(self) -> Any:
        return json.loads(self.content)


class Visitor:
    """Keeps cookies, and says what the proxy of the site says of a visitor who came by HTTPS."""

    def __init__(self, port: int, host: str) -> None:
        self.port, self.host = port, host
        self.cookies: dict[str, str] = {}

    def get(self, address: str, headers: dict[str, str] | None = None) -> Answer:
        return self.ask("GET", address, None, headers)

    def post(self, address: str, fields: dict[str, Any]) -> Answer:
        return self.ask("POST", address, urlencode(fields, doseq=True))

    def ask(self, method: str, address: str, body: str | None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, address, body, {**self.usual_headers(), **(headers or {})})
        response = connection.getresponse()
        answer = Answer(response)
        connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer

    def usual_headers(self) -> dict[str, str]:
        return {
            "Host": self.host,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.7",
            "Referer": f"https://{self.host}/",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
