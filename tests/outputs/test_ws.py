from __future__ import annotations

import asyncio
import json
import socket

import aiohttp
import pytest

from genredesk.outputs import NOTHING, SAMPLE, LiveAnswer, State
from genredesk.outputs.peers.ws import is_local


async def read(url: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.text()


def test_web_socket_and_events_follow_the_newest_answer(opened, until, free_port) -> None:
    port = free_port()
    output = opened(f"ws:{port}")
    until(lambda: output.state.state is State.ON)
    assert output.state.text == f"The overlay is at http://127.0.0.1:{port}/"

    async def follow() -> None:
        root = f"http://127.0.0.1:{port}"
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{root}/ws") as socket_,
            session.get(f"{root}/events") as events,
        ):
            assert (await socket_.receive_json())["strength"] == "waiting"
            lines = aiter(events.content)

            async def event() -> dict:
                async for line in lines:
                    if line.startswith(b"data: "):
                        return json.loads(line[6:])
                raise AssertionError("the stream ended")

            assert (await event())["strength"] == "waiting"
            output.publish(SAMPLE)
            told = await socket_.receive_json()
            assert told == await event() == SAMPLE.as_dict()
            await asyncio.to_thread(output.close)
            assert (await socket_.receive_json()) == NOTHING.as_dict()
            assert (await socket_.receive()).type in {
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.CLOSING,
            }

    asyncio.run(follow())


def test_a_client_that_reads_nothing_delays_no_other(opened, until, free_port) -> None:
    port = free_port()
    output = opened(f"ws:{port}")
    until(lambda: output.state.state is State.ON)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.connect(("127.0.0.1", port))
        deaf.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

        async def follow() -> None:
            address = f"http://127.0.0.1:{port}/ws"
            async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket_:
                await socket_.receive_json()
                for i in range(300):
                    output.publish(LiveAnswer("open", source=f"{i} {'x' * 20_000}"))
                    told = await socket_.receive_json()
                    assert told["source"].startswith(f"{i} ")

        asyncio.run(follow())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Host": "elsewhere.example"}, 403),
        ({"Origin": "null"}, 200),  # a page from a file, as in OBS
    ],
)
def test_only_this_computer_may_ask(opened, until, free_port, headers, status) -> None:
    port = free_port()
    output = opened(f"ws:{port}")
    until(lambda: output.state.state is State.ON)
    assert asyncio.run(read(f"http://127.0.0.1:{port}/answer.json", headers))[0] == status


def test_open_to_the_network_it_wants_a_token(opened, until, free_port) -> None:
    port = free_port()
    output = opened(f"ws://0.0.0.0:{port}")
    until(lambda: output.state.state is State.ON)
    token = output.state.text.partition("?token=")[2]
    assert len(token) >= 16, "made by itself"
    root = f"http://127.0.0.1:{port}"
    for wrong in ("/", "/answer.json?token=wrong", "/ws", "/events?token="):
        status, text = asyncio.run(read(root + wrong))
        assert status == 403, wrong
        assert text.startswith("The token is missing or wrong.")
    status, page = asyncio.run(read(f"{root}/?token={token}"))
    assert status == 200
    assert "<title>GenreDesk</title>" in page


def test_a_port_in_use_is_said_and_taken_when_it_is_free(opened, until, free_port) -> None:
    port = free_port()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        output = opened(f"ws:{port}")
        until(lambda: output.state.state is State.LOST)
        assert opened.said == f"Port {port} is used by another program. Choose another port."
    until(lambda: output.state.state is State.ON)


def test_what_is_local() -> None:
    assert all(map(is_local, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))
    assert not any(map(is_local, ("192.168.1.4", "::", "localhost.example", "")))
